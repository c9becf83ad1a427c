import type { Database } from '../database/database.ts'
import type { RunRevision } from '../history/revisions.ts'
import { type BilledRun, selectBilledSql, storedEvents } from './billed-events.ts'
import { type RunPart, type RunRow, rowOfEvents } from './run-row.ts'
import type { Texts } from './texts.ts'

/** Assigns numbers to texts during a read, including texts that are not in the database. */
export class ReadTexts {
  readonly #texts: Texts
  readonly #others: string[] = []
  readonly #known = new Map<number, string>()

  constructor(texts: Texts) {
    this.#texts = texts
  }

  idOf(text: string): number {
    const known = this.#texts.find(text)
    if (known !== undefined) return known
    const other = this.#others.indexOf(text)
    return other === -1 ? firstOther + this.#others.push(text) - 1 : firstOther + other
  }

  textOf(id: number): string {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const text = id >= firstOther ? (this.#others[id - firstOther] ?? '') : this.#texts.textOf(id)
    this.#known.set(id, text)
    return text
  }
}

/** No database has this many texts. */
const firstOther = 2 ** 31

/** A run as it was at the revision. It replaces its row. */
export interface EarlierRun {
  readonly id: number
  readonly row: RunRow
  readonly parts: readonly RunPart[]
}

/** A run that has changed since a revision. */
export interface ChangedRun {
  readonly id: number
  readonly run_id: string
}

/** The runs as they were at a revision, without runs that started later. */
export function runsAt(
  database: Database,
  texts: ReadTexts,
  runs: readonly ChangedRun[],
  { eventId, priceId }: RunRevision,
): EarlierRun[] {
  return runs.flatMap(({ id, run_id }) => {
    const run = database.get<BilledRun>(
      `${selectBilledSql} AND price.id <= ?
       WHERE event.replay_trace_id = '' AND event.run_id = ? AND event.id <= ?
       GROUP BY event.run_id`,
      priceId,
      run_id,
      eventId,
    )
    const made = run && rowOfEvents(storedEvents(run), texts)
    return made ? [{ id, ...made }] : []
  })
}
