import type { Database } from '../database.ts'
import { type BilledRun, selectBilledSql, storedEvents } from './billed-events.ts'
import type { EarlierRun } from './blocks.ts'
import type { Revision } from './revisions.ts'
import { rowOfEvents } from './run-row.ts'
import type { Texts } from './texts.ts'

/** Numbers texts for a read: those that are not in the database, too. */
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

/** No database has as many texts. */
const firstOther = 2 ** 31

/** A run that has changed since a revision. */
export interface ChangedRun {
  readonly id: number
  readonly run_id: string
}

/** The runs as they were at a revision; those that came later are left out. */
export function runsAt(
  database: Database,
  texts: ReadTexts,
  runs: readonly ChangedRun[],
  { eventId, priceId }: Revision,
): (EarlierRun & { readonly id: number })[] {
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

/** How the rows of runs were at a revision. */
export interface EarlierView {
  /** Ids of rows that were another way, or not there. */
  readonly without: ReadonlySet<number>
  readonly earlier: readonly EarlierRun[]
}

/** What has changed in the rows since a revision. */
export function viewAt(database: Database, texts: ReadTexts, revision: Revision): EarlierView {
  const changed = database.all<ChangedRun & { readonly first_id: number }>(
    'SELECT id, run_id, first_id FROM runs WHERE last_id > ? OR price_id > ?',
    revision.eventId,
    revision.priceId,
  )
  const known = changed.filter(({ first_id }) => first_id <= revision.eventId)
  return { without: new Set(changed.map(({ id }) => id)), earlier: runsAt(database, texts, known, revision) }
}
