import type { Database } from '../database/database.ts'
import { isBetween, passes } from '../filtering/run-filters.ts'
import type { Sliced } from '../reading/in-slices.ts'
import type { RevisionView } from '../reading/revision-view.ts'
import { type Segment, SegmentRows } from '../reading/segment-rows.ts'
import { decodeColumn } from '../rows/column-codec.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { segmentRows } from '../rows/segment-size.ts'
import { columnPlace, type NumberRow } from '../rows/segments.ts'
import type { Candidates } from './candidates.ts'
import { isListed, type Plan, sortValue } from './plan.ts'

/** Finds the rows of a list column by column. Stops reading a segment once a filter leaves none of its rows. */
export class SegmentScan {
  readonly #database: Database
  readonly #plan: Plan
  readonly #places: Candidates
  readonly #rows: SegmentRows
  readonly #values = new Float64Array(segmentRows)
  readonly #times = new Float64Array(segmentRows)
  readonly #isLeft = new Uint8Array(segmentRows)

  constructor(database: Database, view: RevisionView, plan: Plan, places: Candidates) {
    this.#database = database
    this.#plan = plan
    this.#places = places
    this.#rows = new SegmentRows(database, view, [plan.sortBy, ...plan.filters.map(({ column }) => column)])
  }

  *run(): Sliced<void> {
    const { sortBy, isAscending } = this.#plan
    for (const segment of this.#segmentsInOrder()) {
      const nearest = isAscending ? segment.since : segment.until
      if (sortBy === 'first_at' && this.#places.isBehind(nearest)) return
      if (!this.#scan(segment)) yield* this.#scanRows(segment.id)
      yield* this.#places.settle()
      yield
    }
  }

  /** Segments in the order of the list. A segment with unknown times comes first. */
  #segmentsInOrder(): Segment[] {
    const { since, until, isAscending } = this.#plan
    const { count, timed } = this.#rows.known()
    const all = Array.from(
      { length: count },
      (_, id): Segment => timed.get(id) ?? { id, since: -Infinity, until: Infinity },
    )
    const wanted = all.filter(
      segment => segment.until >= since && (segment.since < until || until === Infinity),
    )
    return wanted.sort(
      (a, b) => (isAscending ? order(a.since, b.since) : order(b.until, a.until)) || b.id - a.id,
    )
  }

  /** Returns false if the segment has not been built. */
  #scan({ id }: Segment): boolean {
    const first = id * segmentRows
    const made = this.#database.get('SELECT 1 FROM run_segments WHERE id = ?', id)
    if (made === undefined) return false
    const left = this.#rows.leftOutOf(id)
    const changes = this.#rows.changes(id, id)
    this.#isLeft.fill(1)
    for (const row of left) this.#isLeft[row - first] = 0
    for (const row of changes) this.#isLeft[row.id - first] = 0
    for (const row of changes) if (!left.has(row.id)) this.#add(row)
    if (this.#filter(id)) this.#addLeft(id)
    return true
  }

  /** Clears the flags of rows that do not pass all filters. Returns whether any are left. */
  #filter(segment: number): boolean {
    const [isLeft, values] = [this.#isLeft, this.#values]
    for (const filter of this.#plan.filters) {
      if (!this.#read(filter.column, segment, values)) {
        if (!passes(filter, Number.NaN)) return false
        continue
      }
      let count = 0
      for (let place = 0; place < segmentRows; place++)
        if (isLeft[place] === 1 && passes(filter, values[place] as number)) count++
        else isLeft[place] = 0
      if (count === 0) return false
    }
    return true
  }

  #addLeft(segment: number): void {
    const { since, until, sortBy } = this.#plan
    const first = segment * segmentRows
    const [times, values] = [this.#times, sortBy === 'first_at' ? this.#times : this.#values]
    this.#read('first_at', segment, times)
    if (values !== times && !this.#read(sortBy, segment, values)) values.fill(Number.NaN)
    for (let place = 0; place < segmentRows; place++) {
      const at = times[place] as number
      if (this.#isLeft[place] === 1 && isBetween(at, since, until))
        this.#places.add({ value: sortValue(values[place] as number), id: first + place })
    }
  }

  /** Returns false if the whole column is null; `values` is then unchanged. */
  #read(column: NumberColumn, segment: number, values: Float64Array): boolean {
    const row = this.#database.get<{ bytes: Uint8Array }>(
      'SELECT bytes FROM run_columns WHERE id = ?',
      columnPlace(column, segment),
    )
    if (row === undefined) return false
    decodeColumn(row.bytes, values)
    return true
  }

  *#scanRows(segment: number): Sliced<void> {
    for (const rows of this.#rows.unmade(segment)) {
      for (const row of rows) this.#add(row)
      yield
    }
  }

  #add(row: NumberRow): void {
    if (isListed(this.#plan, row)) this.#places.add({ value: sortValue(row[this.#plan.sortBy]), id: row.id })
  }
}

const order = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)
