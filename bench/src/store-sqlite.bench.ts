// The cost of a record on its way into SQLite, over a bare prepared INSERT of the same columns into the same
// schema, on the same kind of connection, in a file beside it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metric, RunEvent } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { bareInsert } from './bare-insert.ts'
import { measure } from './measure.ts'

const directory = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
const template = runEvent({
  metric: 'call:0',
  value: { status: 'success', durationMs: 812, usage: { input: 812, output: 164, total: 976 } },
})
const metrics: readonly Metric[] = ['call:1', 'call:2', 'call:3', 'call:4', 'call:5', 'call:6']

let count = 0
let runId = newRunId()

/** The next of the six events of a run, each a millisecond after the one before. */
function nextEvent(): RunEvent {
  const metric = metrics[count++ % metrics.length] ?? 'call:0'
  if (metric === metrics[0]) runId = newRunId()
  return { ...template, runId, metric, at: template.at + count }
}

/** A store, and beside it a bare INSERT into a file with the same schema. */
async function openBoth(name: string) {
  const { database: floor, insert } = await bareInsert(join(directory, `${name}-floor.db`), template)
  return { floor, insert, store: sqliteStore(join(directory, `${name}.db`)) }
}

async function one(): Promise<void> {
  const { insert, store } = await openBoth('one')
  await measure(
    'store-sqlite: appendSync of one run event',
    () => insert(nextEvent()),
    () => store.appendSync([nextEvent()]),
  )
}

async function batch(name: string, append: 'append' | 'appendSync'): Promise<void> {
  const { floor, insert, store } = await openBoth(append)
  const events = () => Array.from({ length: 100 }, nextEvent)
  await measure(
    name,
    () => {
      floor.exec('BEGIN IMMEDIATE')
      for (const event of events()) insert(event)
      floor.exec('COMMIT')
    },
    () => store[append](events()),
  )
}

await one()
await batch('store-sqlite: appendSync of 100 run events', 'appendSync')
await batch('store-sqlite: append of 100 run events', 'append')
rmSync(directory, { recursive: true })
