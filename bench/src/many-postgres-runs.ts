import type { RunEvent, TapeRecord } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { runEvent, span } from '@runtape/testing'
import type { Client } from 'pg'
import { everyMs } from './many-runs.ts'

export const firstRunAt = Date.UTC(2026, 0, 1)

const batchSize = 512

/** The records of a run of one of 2,000 customers, within 90 days. Each run has a trace of one span if `withTraces`. */
function recordsOf(n: number, runs: number, withTraces = false): readonly TapeRecord[] {
  const runId = newRunId()
  const traceId = runId.replaceAll('-', '')
  const at = firstRunAt + n * everyMs(runs)
  const isError = n % 1000 === 0
  const events = eventsOf(n, { runId, at, ...(withTraces && { traceId }) }, isError)
  if (!withTraces) return events
  const status = isError ? 'error' : 'ok'
  const root = span({
    traceId,
    spanId: traceId.slice(0, 16),
    runId,
    key: `answer-${n % 3}`,
    status,
    startedAt: at,
    durationMs: 812.5 + ((n * 7919) % 5000),
  })
  return [...events, root]
}

/** Events of a run. */
function eventsOf(n: number, ids: Pick<RunEvent, 'runId' | 'at' | 'traceId'>, isError: boolean): RunEvent[] {
  const input = 812 + (n % 3000)
  const of = {
    ...{ ...ids, configKey: `config-${n % 3}`, modelName: `model-${n % 4}` },
    context: { kind: 'user', key: `user-${(n * 7919) % 2000}` },
  }
  const usage = { input, output: 164, total: input + 164 }
  const call = { status: 'success', durationMs: 812, usage } as const
  const cost = { nanoUsd: 9 + ((n * 104_729) % 90_000), priceList: 'a@1' }
  const events = [
    runEvent({ ...of, metric: 'call:1', value: call, cost }),
    runEvent({ ...of, metric: 'duration', value: 812.5 + ((n * 7919) % 5000) }),
  ]
  if (n % 2 && !isError) return events
  return [...events, runEvent({ ...of, metric: 'outcome', value: { status: isError ? 'error' : 'success' } })]
}

/** Runs that the store writes itself. The other rows are copies of theirs, which takes a tenth of the time. */
const written = 20_000

/** Fills a store that was opened with runs and their traces. */
export async function fillStore(store: Store, client: Client, runs: number): Promise<void> {
  const first = Math.min(written, runs)
  for (let n = 0; n < first; ) {
    const batch: TapeRecord[] = []
    while (batch.length < batchSize && n < first) batch.push(...recordsOf(n++, runs, true))
    await store.append(batch)
  }
  await store.runs.list({ limit: 1 })
  for (let copy = 1; copy * written < runs; copy++) await copyRuns(client, copy, runs)
}

const tables = ['runs', 'run_events', 'spans'] as const

/** Adds copies of the runs that the store wrote, at later times. */
async function copyRuns(client: Client, copy: number, runs: number): Promise<void> {
  const laterMs = copy * written * everyMs(runs)
  const idOf = (column: string) => `md5(${column} || '${copy}')`
  const replaced = (text: string, column: string): string => `replace(${text}, ${column}, ${changed[column]})`
  const changed: Record<string, string> = {
    id: `nextval('runtape.ids')`,
    xid: 'runtape.current_xid()',
    run_id: idOf('run_id'),
    trace_id: idOf('trace_id'),
    span_id: `left(${idOf('span_id')}, 16)`,
    ...Object.fromEntries(
      ['at', 'first_at', 'last_at', 'started_at'].map(name => [name, `${name} + ${laterMs}`]),
    ),
  }
  const recordOfSpan = replaced(replaced(replaced('record', 'trace_id'), 'span_id'), 'run_id')
  await client.query('BEGIN')
  for (const table of tables) {
    const { rows } = await client.query<{ name: string }>(
      'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2',
      ['runtape', table],
    )
    const names = rows.map(({ name }) => name)
    const time = { runs: 'first_at', run_events: 'at', spans: 'started_at' }[table]
    changed.record = table === 'spans' ? recordOfSpan : replaced('record', 'trace_id')
    await client.query(
      `INSERT INTO runtape.${table} (${names.join(', ')}) SELECT ${names.map(name => changed[name] ?? name).join(', ')}
       FROM runtape.${table} WHERE ${time} < ${firstRunAt + written * everyMs(runs)} ORDER BY ${time}`,
    )
  }
  await client.query('COMMIT')
}
