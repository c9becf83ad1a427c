import type { Database } from '../database/database.ts'
import type { ExactStatement } from '../database/exact-text.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { segmentRows } from '../rows/segment-size.ts'
import type { NumberRow } from '../rows/segments.ts'
import type { RevisionView } from './revision-view.ts'

/** The time range in which the runs of a segment began. */
export interface Segment {
  readonly id: number
  readonly since: number
  readonly until: number
}

/** Number of rows read at a time if they are in no segment. */
export const rowsAtOnce = 256

/** Some columns of the rows of runs that are in no segment, or have changed since their segment was built. */
export class SegmentRows {
  readonly #database: Database
  readonly #view: RevisionView
  readonly #selectChanges: ExactStatement
  readonly #selectRows: ExactStatement

  constructor(database: Database, view: RevisionView, columns: Iterable<NumberColumn>) {
    this.#database = database
    this.#view = view
    const names = new Set(['id', 'first_at', ...columns])
    const selected = [...names].map(name => `runs.${name}`).join(', ')
    this.#selectChanges = database.prepare(
      `SELECT ${selected} FROM run_changes CROSS JOIN runs USING (id)
       WHERE run_changes.id >= ? AND run_changes.id < ?`,
    )
    this.#selectRows = database.prepare(`SELECT ${selected} FROM runs WHERE id >= ? AND id < ? ORDER BY id`)
  }

  /** All segments by id. Segments that have not been built, or have changed, have no times. */
  known(): { readonly count: number; readonly timed: ReadonlyMap<number, Segment> } {
    const last = this.#database.get<{ id: number | null }>('SELECT max(id) AS id FROM runs')?.id ?? -1
    const made = this.#database.all<Segment>('SELECT id, since, until FROM run_segments')
    const changed = this.#database.all<{ id: number }>(
      `SELECT DISTINCT id / ${segmentRows} AS id FROM run_changes`,
    )
    this.#view.leaveOutAll()
    const timed = new Map(made.map(segment => [segment.id, segment]))
    for (const { id } of changed) timed.delete(id)
    return { count: Math.floor(last / segmentRows) + 1, timed }
  }

  /** The rows of these segments that have changed since the segments were built. */
  changes(first: number, last: number): readonly NumberRow[] {
    const ends = [first * segmentRows, (last + 1) * segmentRows] as const
    return this.#database.attempt(() => this.#selectChanges.all(...ends) as NumberRow[])
  }

  /** Rows of a segment that have changed since the revision, and must be skipped. */
  leftOutOf(segment: number): ReadonlySet<number> {
    return this.#view.changedIn(segment * segmentRows, (segment + 1) * segmentRows)
  }

  /** The rows of a segment that has not been built, a few at a time, without those to skip. */
  *unmade(segment: number): Generator<readonly NumberRow[], void> {
    const first = segment * segmentRows
    for (let from = first; from < first + segmentRows; from += rowsAtOnce) {
      const ends = [from, from + rowsAtOnce] as const
      const rows = this.#database.attempt(() => this.#selectRows.all(...ends) as NumberRow[])
      const left = this.#view.changedIn(...ends)
      yield rows.filter(({ id }) => !left.has(id))
    }
  }
}
