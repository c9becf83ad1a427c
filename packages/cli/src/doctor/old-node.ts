// Runs on Node 20: it may use only what that has, and load only such modules.
import { messageOf } from '@runtape/core/internal'
import { print, printJson } from '../terminal/print.ts'
import { examineNode } from './examine-node.ts'
import { examinePackages } from './examine-packages.ts'
import { type Finding, note } from './finding.ts'
import { showFindings } from './show-findings.ts'

/** The part of `runtape doctor` that an old Node can do: what is wrong with it, and with the packages. */
export function runOnOldNode(words: readonly string[]): number {
  const findings = [
    examineNode(process.versions.node),
    note(
      `This is the Node in "${process.execPath}".`,
      'If a newer one is installed, another comes first in PATH: nvm use 22, or start the application with its path.',
    ),
    ...packagesIn('.'),
    note('The database was not examined.', 'Run runtape doctor again with the newer Node.'),
  ]
  if (words.includes('--json')) printJson(findings)
  else print(showFindings(findings))
  return 1
}

function packagesIn(folder: string): readonly Finding[] {
  try {
    return examinePackages(folder)
  } catch (error) {
    return [
      note(`The installed packages could not be examined: ${messageOf(error)}`, 'Use Node 22.13 or newer.'),
    ]
  }
}
