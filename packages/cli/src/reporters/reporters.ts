import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { messageOf } from '@runtape/core/internal'
import { Misuse } from '../arguments/usage-error.ts'
import { start } from '../process/start.ts'
import { jsonReport } from './json.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import type { ReportedReplay } from './reported-replay.ts'

const files = {
  junit: { name: 'junit.xml', write: async (replay: ReportedReplay) => junitReport(replay) },
  markdown: { name: 'report.md', write: async (replay: ReportedReplay) => markdownReport(replay) },
  html: { name: 'report.html', write: htmlFile },
  json: { name: 'report.json', write: async (replay: ReportedReplay) => jsonReport(replay) },
} as const

export type ReporterName = 'pretty' | keyof typeof files

const names: readonly ReporterName[] = ['pretty', 'junit', 'markdown', 'html', 'json']

/** @throws {Misuse} for an unknown reporter */
export function reporterNames(given: readonly string[]): readonly ReporterName[] {
  if (given.length === 0) return ['pretty']
  return given.map(name => {
    const found = names.find(known => known === name)
    if (found) return found
    throw new Misuse(`There is no reporter "${name}". Use some of ${names.join(', ')}.`)
  })
}

const filesOf = (reporters: readonly ReporterName[]) =>
  [...new Set(reporters)].flatMap(reporter => (reporter === 'pretty' ? [] : [files[reporter]]))

/**
 * Creates the folder for the reports before the replay, so that nothing is replayed that cannot be reported.
 *
 * @throws {Misuse} if reports cannot be written there
 */
export async function requireFolder(reporters: readonly ReporterName[], folder: string): Promise<void> {
  const wanted = filesOf(reporters)
  if (wanted.length === 0) return
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
    for (const { name } of wanted) await requireNoFolder(join(folder, name))
  } catch (error) {
    throw new Misuse(
      `The reports cannot be written into ${resolve(folder)}: ${messageOf(error)}. Pass --out <folder>.`,
    )
  }
}

async function requireNoFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) throw new Misuse(`${path} is a folder`)
}

/** Writes the file reports; returns their paths. */
export async function writeReports(
  replay: ReportedReplay,
  reporters: readonly ReporterName[],
  folder: string,
): Promise<string[]> {
  const paths: string[] = []
  for (const { name, write } of filesOf(reporters)) {
    const path = join(folder, name)
    await writeFile(path, await write(replay))
    paths.push(relative(start.folder, path) || path)
  }
  return paths
}

async function htmlFile({ key, report, store, shard }: ReportedReplay): Promise<string> {
  const { htmlReport } = await import('@runtape/replay/report')
  const title = shard !== undefined && { title: `Replay of ${key}, shard ${shard}` }
  return htmlReport(report, { store, ...title })
}
