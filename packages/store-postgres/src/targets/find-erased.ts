import type { EraseTarget } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import { type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { chunks } from '../removal/chunks.ts'
import type { Removed } from '../removal/queue.ts'
import { scanEvents, scanSpans } from './scan.ts'

/** What an erasure has found. */
export class Found {
  readonly runs = new Set<string>()
  readonly traces = new Set<string>()
  readonly events = new Set<number>()
  /** The traces of the target itself, which also lead to the runs recorded in them. */
  readonly #own = new Set<string>()

  /** Adds the target, and what names it. */
  async addNamed(database: Database, target: EraseTarget): Promise<void> {
    if ('runId' in target) this.runs.add(keyText(target.runId))
    if ('traceId' in target) this.#own.add(keyText(target.traceId))
    if ('sessionId' in target) for (const id of await scanSpans(database, target.sessionId)) this.#own.add(id)
    if ('context' in target) await this.#addContext(database, target.context)
    this.add({ traces: [...this.#own] })
  }

  add({ events = [], runs = [], traces = [] }: Removed): void {
    for (const id of events) this.events.add(id)
    for (const key of runs) this.runs.add(key)
    for (const key of traces) this.traces.add(key)
  }

  /** Adds what belongs to the found runs and traces. */
  async addRelated(database: Database): Promise<void> {
    for (const key of await related(database, [...this.#own], runsOfTraces)) this.runs.add(key)
    for (const key of await related(database, [...this.runs], tracesOfRuns)) this.traces.add(key)
    for (let fresh = [...this.traces]; fresh.length > 0; ) {
      const replays = await related(database, fresh, replaysOfTraces)
      fresh = replays.filter(key => !this.traces.has(key))
      for (const key of fresh) this.traces.add(key)
    }
  }

  /** What is not in another list. */
  without({ events, runs, traces }: Found): Required<Removed> {
    return {
      events: [...this.events].filter(id => !events.has(id)),
      runs: [...this.runs].filter(key => !runs.has(key)),
      traces: [...this.traces].filter(key => !traces.has(key)),
    }
  }

  async #addContext(
    database: Database,
    context: { readonly kind: string; readonly key: string },
  ): Promise<void> {
    const events = await scanEvents(database, context)
    const live = events.filter(event => event.replay_trace_id === '')
    const own = await runsFor(
      database,
      live.map(({ run_id }) => run_id),
      context,
    )
    this.add({
      runs: [...own],
      traces: events.flatMap(({ replay_trace_id }) => (replay_trace_id === '' ? [] : [replay_trace_id])),
      events: live.flatMap(({ id, run_id }) => (own.has(run_id) ? [] : [id])),
    })
  }
}

/** Those of the runs whose context it is: an event may name another one. */
async function runsFor(
  database: Database,
  keys: readonly string[],
  { kind, key }: { readonly kind: string; readonly key: string },
): Promise<ReadonlySet<string>> {
  const isOf = sql`context_kind = ${kind} AND context_key = ${key}`
  const select = (some: readonly string[]) =>
    sql`SELECT run_id AS key FROM @runs WHERE run_id = ANY(${some}::text[]) AND ${isOf}`
  return new Set(await related(database, [...new Set(keys)], select))
}

/** Number of keys that a query looks up. */
const keysAtOnce = 1000

/** The keys that belong to other keys. */
async function related(
  database: Database,
  keys: readonly string[],
  select: (keys: readonly string[]) => Sql,
): Promise<string[]> {
  const found = new Set<string>()
  for (const some of chunks(keys, keysAtOnce))
    for (const { key } of await database.rows<{ key: string }>(select(some))) found.add(key)
  return [...found]
}

const runsOfTraces = (traces: readonly string[]): Sql =>
  sql`SELECT run_id AS key FROM @run_events WHERE trace_id = ANY(${traces}::text[]) AND replay_trace_id = ''
    UNION SELECT run_id FROM @spans WHERE trace_id = ANY(${traces}::text[]) AND run_id IS NOT NULL AND test_run_id IS NULL`

const tracesOfRuns = (runs: readonly string[]): Sql =>
  sql`SELECT trace_id AS key FROM @run_events
      WHERE run_id = ANY(${runs}::text[]) AND replay_trace_id = '' AND trace_id IS NOT NULL
    UNION SELECT replay_trace_id FROM @run_events WHERE run_id = ANY(${runs}::text[]) AND replay_trace_id <> ''
    UNION SELECT trace_id FROM @spans WHERE run_id = ANY(${runs}::text[])`

const replaysOfTraces = (traces: readonly string[]): Sql =>
  sql`SELECT DISTINCT trace_id AS key FROM @spans WHERE source_trace_id = ANY(${traces}::text[])`
