import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Store } from '@runtape/core'
import type { ReplayReport } from '@runtape/replay'
import type { JudgedItem } from '@runtape/replay/report'
import { Misuse } from './misuse.ts'
import { junitReport } from './reporters/junit.ts'
import { markdownReport } from './reporters/markdown.ts'

/** A replay that is over, to be reported. */
export interface ReportedReplay {
  readonly key: string
  readonly report: ReplayReport
  readonly judged: readonly JudgedItem[]
  readonly store: Store
}

const files = {
  junit: { name: 'junit.xml', write: async (replay: ReportedReplay) => junitReport(replay) },
  markdown: { name: 'report.md', write: async (replay: ReportedReplay) => markdownReport(replay) },
  html: { name: 'report.html', write: htmlFile },
} as const

export type ReporterName = 'pretty' | keyof typeof files

const names: readonly ReporterName[] = ['pretty', 'junit', 'markdown', 'html']

/** @throws {Misuse} for a reporter that there is none of */
export function reporterNames(given: readonly string[]): readonly ReporterName[] {
  if (given.length === 0) return ['pretty']
  return given.map(name => {
    const found = names.find(known => known === name)
    if (found) return found
    throw new Misuse(`There is no reporter "${name}". Use some of ${names.join(', ')}.`)
  })
}

/** Writes the reports that are files; gives their paths. */
export async function writeReports(
  replay: ReportedReplay,
  reporters: readonly ReporterName[],
  folder: string,
): Promise<string[]> {
  const paths: string[] = []
  for (const reporter of new Set(reporters)) {
    if (reporter === 'pretty') continue
    const { name, write } = files[reporter]
    const path = join(folder, name)
    await mkdir(folder, { recursive: true })
    await writeFile(path, await write(replay))
    paths.push(relative('', path) || path)
  }
  return paths
}

async function htmlFile({ report, store }: ReportedReplay): Promise<string> {
  const { htmlReport } = await import('@runtape/replay/report')
  return htmlReport(report, { store })
}
