// What an event costs on its way into SQLite, with the row of its run, over the bare prepared INSERT of the same event into
// a table that has its unique index and no other: CPU time per event, of the calling thread and of the whole process, in
// which a worker moves the log into the file. Events come one by one, as from a recorder, or 64 at a time, as from an
// outbox. `EVENTS=1000000` fills the files first. Node 24 and later.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { RunEvent } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { bareEventInsert } from './bare-insert.ts'
import { compareInTurn, type Load } from './in-turn.ts'
import { fillWithRuns } from './many-runs.ts'

const events = Number(process.env.EVENTS ?? 0)
const rounds = Number(process.env.ROUNDS ?? 15)
const usage = { input: 812, output: 164, total: 976 }
const cost = { nanoUsd: 531_000, priceList: 'our-prices@2' }
const runsPerRound = 1024

/** The events of a run with one model call, with a customer and a trace if given. */
function runOf(at: number, traceId?: string): RunEvent[] {
  const fields = {
    runId: newRunId(),
    at,
    context: { kind: 'user', key: `user-${(at * 7919) % 2000}` },
    ...(traceId !== undefined && { traceId }),
  }
  const call = { status: 'success', durationMs: 812, usage, model: 'small' } as const
  return [
    runEvent({ ...fields, metric: 'time-to-first-token', value: 212.5 }),
    runEvent({ ...fields, metric: 'call:1', value: call, cost }),
    runEvent({ ...fields, metric: 'duration', value: 812.5 }),
    runEvent({ ...fields, metric: 'outcome', value: { status: 'success' } }),
  ]
}

let runs = 0
/** Events of runs that end one after the other, in batches. */
function batches(withTrace: boolean, size: number): RunEvent[][] {
  const all = Array.from({ length: runsPerRound }, () => {
    runs++
    return runOf(Date.UTC(2026, 3, 1) + runs * 40, withTrace ? newRunId().replaceAll('-', '') : undefined)
  }).flat()
  return Array.from({ length: all.length / size }, (_, at) => all.slice(at * size, (at + 1) * size))
}

async function compare(withTrace: boolean): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
  const [floorPath, path] = [join(directory, 'floor.db'), join(directory, 'subject.db')]
  const template = runOf(Date.UTC(2026, 0, 1), withTrace ? 'a'.repeat(32) : undefined)
  if (events > 0) await fillWithRuns(floorPath, template, events / 4, false)
  if (events > 0) await fillWithRuns(path, template, events / 4, true)
  const floor = await bareEventInsert(floorPath, template)
  const store = sqliteStore(path, { worker: true })
  await store.revision()
  for (const size of [1, 64]) {
    const load: Load<RunEvent[][]> = {
      make: () => batches(withTrace, size),
      floor: async all => {
        for (const batch of all) floor.insertAll(batch)
      },
      subject: async all => {
        let written = 0
        for (const batch of all) {
          if (size === 1) store.appendSync(batch)
          else await store.append(batch)
          written += batch.length
          // A pause in which the rows of the runs are made.
          if (written % 512 === 0) await setTimeout(60)
        }
        await store.revision()
      },
    }
    const how = `${size} at a time${withTrace ? ', of traces' : ''}, ${events.toLocaleString('en')} there`
    await compareInTurn(`store-sqlite: events ${how}`, load, { perRound: 4 * runsPerRound, rounds })
  }
  await store.close()
  floor.close()
  rmSync(directory, { recursive: true })
}

await compare(false)
await compare(true)
