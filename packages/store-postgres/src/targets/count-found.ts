import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { chunks } from '../removal/chunks.ts'
import type { Removed } from '../removal/queue.ts'
import { added, nothing, type Tally } from '../removed-records/tally.ts'

/** Number of keys that a query looks up. */
const keysAtOnce = 1000

/** Counts what a dry run finds. */
export class Counter {
  readonly #database: Database
  #tally = nothing
  /** Events that can be found twice: those of replays, by their run or time and by their trace. */
  readonly #others = new Set<number>()

  constructor(database: Database) {
    this.#database = database
  }

  async add({ events = [], runs = [], traces = [] }: Removed): Promise<void> {
    for (const id of events) this.#others.add(id)
    for (const some of chunks(runs, keysAtOnce)) await this.#addRuns(some)
    for (const some of chunks(traces, keysAtOnce)) await this.#addTraces(some)
  }

  get tally(): Tally {
    return added(this.#tally, { runEvents: this.#others.size })
  }

  async #addRuns(keys: readonly string[]): Promise<void> {
    const [row] = await this.#database.rows<{ runs: number; events: number }>(
      sql`SELECT (SELECT count(*) FROM @runs WHERE run_id = ANY(${keys}::text[]) AND first_at IS NOT NULL) AS runs,
        (SELECT count(*) FROM @run_events WHERE run_id = ANY(${keys}::text[]) AND replay_trace_id = '') AS events`,
    )
    const replayed = await this.#database.rows<{ id: number }>(
      sql`SELECT id FROM @run_events WHERE run_id = ANY(${keys}::text[]) AND replay_trace_id <> ''`,
    )
    for (const { id } of replayed) this.#others.add(id)
    this.#tally = added(this.#tally, { runs: row?.runs ?? 0, runEvents: row?.events ?? 0 })
  }

  async #addTraces(keys: readonly string[]): Promise<void> {
    const [row] = await this.#database.rows<{ traces: number; spans: number }>(
      sql`SELECT count(DISTINCT trace_id) AS traces, count(*) AS spans FROM @spans WHERE trace_id = ANY(${keys}::text[])`,
    )
    const replayed = await this.#database.rows<{ id: number }>(
      sql`SELECT id FROM @run_events WHERE replay_trace_id <> '' AND replay_trace_id = ANY(${keys}::text[])`,
    )
    for (const { id } of replayed) this.#others.add(id)
    this.#tally = added(this.#tally, row ?? {})
  }
}
