// Runs every test of the workspace once and ends with one line: `N passed, N failed`.
// Arguments go to vitest: `npm test -- packages/core -t token`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInFront } from './lib/process.mjs'
import { flagsFor } from './lib/tasks.mjs'
import { closingLine, countTests } from './lib/test-report.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const scratch = mkdtempSync(join(tmpdir(), 'runtape-tests-'))
const reportFile = join(scratch, 'report.json')

const exitCode = await runInFront(
  process.execPath,
  [
    ...flagsFor(process.versions.node),
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, env: process.env },
)
const counts = countTests(readReport(), exitCode)
rmSync(scratch, { recursive: true, force: true })
for (const reason of counts.reasons) console.log(reason)
console.log(closingLine(counts))
process.exitCode = counts.failed > 0 ? 1 : 0

function readReport() {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8'))
  } catch {
    return undefined
  }
}
