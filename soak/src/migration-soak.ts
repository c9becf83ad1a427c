import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import type { Report } from './report.ts'
import { inScratch } from './scratch.ts'

export interface MigrationOptions {
  readonly runs: number
}

const scripts = new URL('../../packages/store-sqlite/test/', import.meta.url)

const start = (script: string, ...args: readonly string[]): ChildProcess =>
  fork(fileURLToPath(new URL(script, scripts)), args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
  })

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

interface Written {
  readonly runs: number
  readonly longestMs: number
  readonly errors: readonly string[]
  readonly seconds: number
}

/** A process that writes until it is stopped. */
class SteadyWriter {
  readonly #child: ChildProcess
  readonly isReady: Promise<unknown>

  constructor(path: string, version: 'old' | 'new') {
    this.#child = start('steady-writer.mjs', path, version, version)
    this.isReady = once(this.#child, 'message')
  }

  async stop(): Promise<Written> {
    const written = once(this.#child, 'message')
    this.#child.send('stop')
    const [answer] = await written
    await ended(this.#child)
    return answer as Written
  }
}

/**
 * Migrates a database of the first version while a process of that version and one of this version write to it. The first
 * migrating process is killed halfway.
 */
export function soakMigration({ runs }: MigrationOptions): Promise<Report> {
  return inScratch(1, async ({ path: folder }) => {
    const path = join(folder, 'old.db')
    await ended(start('make-old-file.mjs', path, String(runs)))
    const bytes = statSync(path).size
    const old = new SteadyWriter(path, 'old')
    await old.isReady
    const killed = start('usage-reader.mjs', path, String(Math.floor(runs * 1.5)))
    await ended(killed)
    const current = new SteadyWriter(path, 'new')
    await current.isReady
    const migrator = start('migrator.mjs', path)
    const [{ openMs, seconds }] = (await once(migrator, 'message')) as [Pick<Facts, 'openMs' | 'seconds'>]
    await ended(migrator)
    const writers = [await old.stop(), await current.stop()]
    const wasKilled = killed.signalCode === 'SIGKILL'
    return reportOf(path, { runs, bytes, wasKilled, openMs, seconds, writers })
  })
}

interface Facts {
  readonly runs: number
  readonly bytes: number
  readonly wasKilled: boolean
  readonly openMs: number
  readonly seconds: number
  readonly writers: readonly Written[]
}

async function reportOf(path: string, facts: Facts): Promise<Report> {
  const { runs, bytes, wasKilled, openMs, seconds, writers } = facts
  const store = sqliteStore(path, { worker: false })
  const [row] = await store.runs.usage()
  await store.close()
  const expected = writers.reduce((sum, written) => sum + written.runs, runs)
  const written = writers.reduce((sum, each) => sum + each.runs / each.seconds, 0)
  return {
    title: 'Migration of a database of version 1, while processes of both versions write to it',
    numbers: [
      ['runs of version 1', runs],
      ['size in MB', Math.round(bytes / 2 ** 20)],
      ['ms to open', Math.round(openMs)],
      ['longest write of the others in ms', Math.round(Math.max(...writers.map(each => each.longestMs)))],
      ['seconds until the bill is there, after the kill', Math.round(seconds)],
      ['runs written meanwhile', expected - runs],
      ['runs written per second', Math.round(written)],
    ],
    violations: [
      ...(wasKilled ? [] : ['The first migrating process was not killed']),
      ...(row?.runs === expected ? [] : [`${expected} runs were written, ${row?.runs} are in the bill`]),
      ...writers.flatMap(({ errors }) => errors.map(error => `A writer failed: ${error}`)),
    ],
  }
}
