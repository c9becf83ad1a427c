import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { expect, test } from 'vitest'
import { listedContents, Mirror } from '../../../testing/src/contract/history/mirror.ts'
import { testSchema, testServer } from '../../test/server.ts'
import { postgresStore } from '../index.ts'

const program = fileURLToPath(new URL('../../test/random-writer.mjs', import.meta.url))

/** Processes that change a store in random ways. */
class Writers {
  readonly traceIds = new Set<string>()
  readonly #running = new Set<ChildProcess>()
  readonly #failures: string[] = []
  readonly #args: readonly string[]
  #seed: number

  constructor(args: readonly string[], seed: number) {
    this.#args = args
    this.#seed = seed
  }

  start(steps: number): ChildProcess {
    const child = spawn(process.execPath, [program, ...this.#args, `${this.#seed++}`, `${steps}`])
    this.#running.add(child)
    child.once('close', (code, signal) => {
      this.#running.delete(child)
      if (code !== 0 && signal !== 'SIGKILL') this.#failures.push(`${code} ${signal}`)
    })
    child.stderr.on('data', text => this.#failures.push(String(text)))
    createInterface(child.stdout).on('line', line => {
      const [what, id = ''] = line.split(' ')
      if (what === 'trace') this.traceIds.add(id)
    })
    return child
  }

  get isWriting(): boolean {
    return this.#running.size > 0
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#running].map(child => once(child, 'close')))
    expect(this.#failures).toEqual([])
  }

  async kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'close')
  }
}

/** A transaction of another application that stays open. */
async function longTransaction(connectionString: string): Promise<pg.Client> {
  const other = new pg.Client({ connectionString })
  await other.connect()
  await other.query('BEGIN; SELECT pg_current_xact_id()')
  return other
}

test.each([
  [1, 3],
  [2, 1],
])(
  'a mirror that follows eight writers, some of which are killed, ends equal (%i)',
  async (round, limit) => {
    const [connectionString, schema] = [await testServer(), testSchema()]
    const store = postgresStore({ connectionString, schema, maxConnections: 4 })
    const [mirror, writers] = [new Mirror(), new Writers([connectionString, schema], round * 1000)]
    let since = await store.revision()
    const other = await longTransaction(connectionString)
    const all = Array.from({ length: 8 }, () => writers.start(60))
    const disturb = async () => {
      for (const child of all.slice(0, 3)) {
        await sleep(700 + Math.random() * 500)
        await writers.kill(child)
        writers.start(40)
      }
      // One is suspended in the middle of whatever it does.
      all[4]?.kill('SIGSTOP')
      await sleep(1500)
      all[4]?.kill('SIGCONT')
    }
    const disturbing = disturb()
    let pages = 0
    for (; writers.isWriting; pages++) since = (await mirror.page(store, since, limit)).revision
    await disturbing
    await writers.ended()
    since = await mirror.follow(store, since, { limit: 1000 })
    expect(mirror.contents()).toEqual(await listedContents(store, [...writers.traceIds]))
    expect(pages).toBeGreaterThan(10)
    // The open transaction of another application is no part of a revision.
    expect(since).toMatch(/^r\d+-/)
    expect((await store.changes({ since })).items).toEqual([])
    await other.end()
    await store.close()
  },
  180_000,
)
