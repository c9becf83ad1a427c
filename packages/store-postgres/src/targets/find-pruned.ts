import type { CheckedPrune } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { type Sql, sql } from '../database/sql.ts'
import type { Removed } from '../removal/queue.ts'

/** Number of runs or traces that are found at a time. */
const atOnce = 5000

/** What `prune` removes. Each part may be removed before the next one is found. */
export async function* pruned(database: Database, before: CheckedPrune): AsyncGenerator<Removed> {
  if (before.runs !== undefined) {
    yield* prunedRuns(database, before.runs)
    yield* prunedEvents(database, before.runs)
  }
  if (before.traces !== undefined) {
    yield* prunedTraces(database, before.traces)
    yield* prunedReplays(database, before.traces)
    yield* prunedWithoutRoot(database, before.traces)
  }
}

async function* prunedRuns(database: Database, before: number): AsyncGenerator<Removed> {
  const rows = inOrder<{ run_id: string; first_at: number }>(database, last => {
    const isAfter = last ? sql`AND (first_at, run_id) > (${last.first_at}::float8, ${last.run_id})` : sql``
    return sql`SELECT run_id, first_at FROM @runs WHERE first_at IS NOT NULL AND first_at < ${before} ${isAfter}
      ORDER BY first_at, run_id LIMIT ${atOnce}::bigint`
  })
  for await (const some of rows) yield { runs: some.map(({ run_id }) => run_id) }
}

/** Events of replays. They belong to no run, and no index has their times. */
async function* prunedEvents(database: Database, before: number): AsyncGenerator<Removed> {
  type Row = { id: number; replay_trace_id: string; run_id: string; metric: string; at: number }
  const rows = inOrder<Row>(database, last => {
    const isAfter = last
      ? sql`AND (replay_trace_id, run_id, metric) > (${last.replay_trace_id}, ${last.run_id}, ${last.metric})`
      : sql``
    return sql`SELECT id, replay_trace_id, run_id, metric, at FROM @run_events WHERE replay_trace_id <> '' ${isAfter}
      ORDER BY replay_trace_id, run_id, metric LIMIT ${atOnce}::bigint`
  })
  for await (const some of rows) yield { events: some.flatMap(({ id, at }) => (at < before ? [id] : [])) }
}

async function* prunedTraces(database: Database, before: number): AsyncGenerator<Removed> {
  const rows = inOrder<{ trace_id: string; started_at: number }>(database, last => {
    const isAfter = last
      ? sql`AND (started_at, trace_id) > (${last.started_at}::float8, ${last.trace_id})`
      : sql``
    return sql`SELECT trace_id, started_at FROM @spans
      WHERE parent_span_id IS NULL AND test_run_id IS NULL AND started_at < ${before} ${isAfter}
      ORDER BY started_at, trace_id LIMIT ${atOnce}::bigint`
  })
  for await (const some of rows) yield { traces: unique(some) }
}

async function* prunedReplays(database: Database, before: number): AsyncGenerator<Removed> {
  type Row = { trace_id: string; started_at: number; test_run_id: string }
  const rows = inOrder<Row>(database, last => {
    const isAfter = last
      ? sql`AND (test_run_id, started_at, trace_id) > (${last.test_run_id}, ${last.started_at}::float8, ${last.trace_id})`
      : sql``
    return sql`SELECT trace_id, started_at, test_run_id FROM @spans
      WHERE parent_span_id IS NULL AND test_run_id IS NOT NULL ${isAfter}
      ORDER BY test_run_id, started_at, trace_id LIMIT ${atOnce}::bigint`
  })
  for await (const some of rows) yield { traces: unique(some.filter(row => row.started_at < before)) }
}

const unique = (rows: readonly { readonly trace_id: string }[]): string[] => [
  ...new Set(rows.map(({ trace_id }) => trace_id)),
]

/** Number of recent rows in succession after which the search ends: rows are roughly in the order of time. */
const enoughRecent = 10_000

/** Traces whose root never arrived. */
async function* prunedWithoutRoot(database: Database, before: number): AsyncGenerator<Removed> {
  let recent = 0
  const rows = inOrder<{ id: number; trace_id: string; started_at: number }>(database, last => {
    const after = last?.id ?? 0
    return sql`SELECT id, trace_id, started_at FROM @spans WHERE id > ${after} ORDER BY id LIMIT ${atOnce}::bigint`
  })
  for await (const some of rows) {
    const old = unique(some.filter(({ started_at }) => started_at < before))
    recent = old.length > 0 ? 0 : recent + some.length
    if (old.length > 0) yield { traces: await withoutRoot(database, old, before) }
    if (recent >= enoughRecent) return
  }
}

async function withoutRoot(database: Database, traces: readonly string[], before: number): Promise<string[]> {
  const rows = await database.rows<{ trace_id: string }>(
    sql`SELECT trace_id FROM @spans WHERE trace_id = ANY(${traces}::text[]) GROUP BY trace_id
      HAVING bool_and(parent_span_id IS NOT NULL) AND max(started_at) < ${before}`,
  )
  return rows.map(({ trace_id }) => trace_id)
}

/** All rows of a query, some at a time. */
async function* inOrder<Row>(
  database: Database,
  select: (last: Row | undefined) => Sql,
): AsyncGenerator<Row[]> {
  for (let last: Row | undefined; ; ) {
    const rows = await database.rows<Row>(select(last))
    if (rows.length > 0) yield rows
    if (rows.length < atOnce) return
    last = rows.at(-1)
  }
}
