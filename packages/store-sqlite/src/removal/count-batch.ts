import type { Database } from '../database/database.ts'
import type { Tally } from './remove-runs.ts'
import type { Batch } from './targets.ts'

/** Counts what a dry run finds. */
export class BatchCounter {
  readonly #database: Database
  readonly #tally: Tally
  /** Events of replays. They can be found twice: by their run or time, and by their trace. */
  readonly #replayed = new Set<number>()

  constructor(database: Database, tally: Tally) {
    this.#database = database
    this.#tally = tally
  }

  add({ runs = [], traces = [], events = [] }: Batch): void {
    const tally = this.#tally
    for (const runId of runs) this.#addRun(runId)
    for (const id of events) this.#replayed.add(id)
    for (const traceId of traces) this.#addTrace(traceId)
    tally.texts.clear()
  }

  get replayed(): number {
    return this.#replayed.size
  }

  #addRun(runId: string): void {
    if (this.#database.get('SELECT 1 FROM runs WHERE run_id = ?', runId)) this.#tally.runs++
    const rows = this.#database.all<{ id: number; replay_trace_id: string }>(
      'SELECT id, replay_trace_id FROM run_events WHERE run_id = ?',
      runId,
    )
    for (const { id, replay_trace_id } of rows)
      if (replay_trace_id === '') this.#tally.runEvents++
      else this.#replayed.add(id)
  }

  #addTrace(traceId: string): void {
    const { n } = this.#database.get<{ n: number }>(
      'SELECT count(*) AS n FROM span_rows WHERE trace_id = ?',
      traceId,
    ) ?? { n: 0 }
    this.#tally.spans += n
    if (n > 0) this.#tally.traces++
    const rows = this.#database.all<{ id: number }>(
      'SELECT id FROM run_events WHERE replay_trace_id = ?',
      traceId,
    )
    for (const { id } of rows) this.#replayed.add(id)
  }
}
