import { monotonicNow, realDelay } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import { nextEvents, nextRoots, type Source, type SourceStep } from './read-sources.ts'
import { searchState } from './search-state.ts'

const lockWaitMs = 2

/**
 * Adds the texts of new records to the tables of `search` in steps, after the records were written. Any number of
 * processes can do so: each step is one transaction, which has no effect if another process has made the same step.
 */
export class TextFiller {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Makes a step. Returns `none` if all texts are included, `busy` if another process has the lock. */
  step(): 'done' | 'none' | 'busy' {
    const state = searchState(this.#database)
    const events = nextEvents(this.#database, state.event_id)
    if (events) return this.#take('event', state.event_id, events)
    const roots = nextRoots(this.#database, state.span_id)
    return roots ? this.#take('span', state.span_id, roots) : 'none'
  }

  /** Adds the remaining texts, for up to `mostMs` milliseconds. Other work of the process runs between steps. */
  async catchUp(mostMs: number): Promise<void> {
    const end = monotonicNow() + mostMs
    this.#use()
    // Counts waits, too, because tests can stop the clock.
    for (let waits = 0; waits * lockWaitMs < mostMs && monotonicNow() < end; ) {
      const made = this.step()
      if (made === 'none') return
      if (made === 'done') await otherWork()
      else await realDelay(lockWaitMs)
      if (made === 'busy') waits++
    }
  }

  #use(): void {
    if (searchState(this.#database).is_used === 0)
      this.#database.transaction(() => this.#database.run('UPDATE search_state SET is_used = 1'))
  }

  #take(kind: Source['kind'], from: number, { sources, to }: SourceStep): 'done' | 'busy' {
    const isTaken = this.#database.transactionNow(() => {
      const column = kind === 'event' ? 'event_id' : 'span_id'
      const moved = this.#database.run(
        `UPDATE search_state SET is_used = 1, ${column} = ? WHERE ${column} = ?`,
        to,
        from,
      )
      if (moved > 0) for (const source of sources) this.#keep(source)
      return true
    })
    return isTaken ? 'done' : 'busy'
  }

  #keep({ kind, id, at, traceId, runId, value = '', texts }: Source): void {
    // The row, or personal data in it, may have been removed since it was read.
    const isThere =
      kind === 'event'
        ? this.#database.get(
            'SELECT 1 FROM run_events WHERE id = ? AND run_id = ? AND value_json = ?',
            id,
            runId,
            value,
          )
        : this.#database.get('SELECT 1 FROM span_rows WHERE id = ? AND trace_id = ?', id, traceId)
    if (isThere === undefined) return
    for (const { in: place, text, folded } of texts)
      this.#database.run(
        `INSERT INTO search_texts (source, source_id, place, at, trace_id, run_id, text, folded)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        kind,
        id,
        place,
        at,
        traceId,
        runId,
        text,
        folded,
      )
  }
}
