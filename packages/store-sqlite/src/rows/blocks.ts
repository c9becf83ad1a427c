import type { Database } from '../database.ts'
import { decodeColumn } from './column-codec.ts'
import type { NumberColumn } from './rows-schema.ts'
import type { RunPart, RunRow } from './run-row.ts'
import { segmentRows } from './segment-size.ts'
import { type QuarterSums, readSums } from './segment-sums.ts'
import { columnPlace, type NumberRow, putRow } from './segments.ts'

/** Some runs, column by column. A place without a run has no `first_at`. Valid until the next block is read. */
export interface Block {
  readonly size: number
  /** Whether the sums of its runs were taken: then it has `summedColumns` only. */
  readonly isSummed: boolean
  column(name: NumberColumn): Float64Array
  /** True if all of a column is known to be null: it need not be looked at. */
  isEmpty(name: NumberColumn): boolean
  /** What each model used of the run at this place; empty unless its `parts` is 1. */
  partsAt(place: number): readonly RunPart[]
}

/** A run as it was: it stands for its row. */
export interface EarlierRun {
  readonly row: RunRow
  readonly parts: readonly RunPart[]
}

export interface BlockQuery {
  readonly columns: readonly NumberColumn[]
  readonly since?: number | undefined
  readonly until?: number | undefined
  /**
   * Is given the sums of each segment that is in the time of the query as a whole and has not changed, and returns whether
   * it takes them.
   */
  readonly takeSums?: ((sums: readonly QuarterSums[]) => boolean) | undefined
  /** What is still read of runs whose sums were taken. */
  readonly summedColumns?: readonly NumberColumn[]
  /** Ids of rows that are left out. */
  readonly without?: ReadonlySet<number>
  readonly earlier?: readonly EarlierRun[]
}

/** So many segments are in memory at a time. */
const atOnce = 32

interface Segment {
  readonly id: number
  readonly since: number
  readonly until: number
}

/** All runs that may be in the time of the query, and perhaps others. */
export function* readBlocks(database: Database, query: BlockQuery): Generator<Block> {
  const reader = new BlockReader(database, query)
  const segments = database.all<Segment>('SELECT id, since, until FROM run_segments ORDER BY id')
  const { since = -Infinity, until = Infinity } = query
  const hasChanged = reader.changedSegments()
  const wanted = segments.filter(
    segment => (segment.until >= since && segment.since < until) || hasChanged.has(segment.id),
  )
  for (let at = 0; at < wanted.length; at += atOnce) yield* reader.segments(wanted.slice(at, at + atOnce))
  yield* reader.rowsBeside(segments.map(({ id }) => id))
  yield* reader.earlier(query.earlier ?? [])
}

class BlockReader {
  readonly #database: Database
  readonly #query: BlockQuery
  readonly #columns: ReadonlyMap<NumberColumn, Float64Array>
  readonly #summedColumns: ReadonlySet<NumberColumn>
  readonly #select: string
  /** Columns of the block that hold nothing, and still have to be filled with that. */
  readonly #empty = new Set<NumberColumn>()
  readonly #changes: ReadonlyMap<number, readonly NumberRow[]>

  constructor(database: Database, query: BlockQuery) {
    this.#database = database
    this.#query = query
    const names = [...new Set<NumberColumn>(['first_at', ...query.columns])]
    this.#summedColumns = new Set<NumberColumn>(['first_at', ...(query.summedColumns ?? [])])
    this.#columns = new Map(names.map(name => [name, new Float64Array(segmentRows)]))
    this.#select = `SELECT id, ${names.join(', ')}`
    const changed = database.select<NumberRow>(
      `${this.#select} FROM run_changes CROSS JOIN runs USING (id)`,
      [],
    )
    this.#changes = Map.groupBy(changed, ({ id }) => Math.floor(id / segmentRows))
  }

  changedSegments(): ReadonlySet<number> {
    return new Set(this.#changes.keys())
  }

  *segments(segments: readonly Segment[]): Generator<Block> {
    const summed = this.#summed(segments)
    const bytes = new Map<number, Uint8Array>()
    for (const name of this.#columns.keys()) {
      const read = this.#summedColumns.has(name) ? segments : segments.filter(({ id }) => !summed.has(id))
      const [first, last] = [read[0], read.at(-1)]
      if (first === undefined || last === undefined) continue
      const rows = this.#database.all<{ id: number; bytes: Uint8Array }>(
        'SELECT id, bytes FROM run_columns WHERE id BETWEEN ? AND ?',
        columnPlace(name, first.id),
        columnPlace(name, last.id),
      )
      for (const row of rows) bytes.set(row.id, row.bytes)
    }
    for (const { id } of segments) yield this.#segment(id, bytes, summed.has(id))
  }

  /** The segments of which the sums were taken. */
  #summed(segments: readonly Segment[]): ReadonlySet<number> {
    const { takeSums, since = -Infinity, until = Infinity } = this.#query
    const [first, last] = [segments[0], segments.at(-1)]
    if (!takeSums || first === undefined || last === undefined) return new Set()
    const rows = this.#database.all<{ id: number; bytes: Uint8Array | null }>(
      'SELECT id, sums AS bytes FROM run_segments WHERE id BETWEEN ? AND ?',
      first.id,
      last.id,
    )
    const byId = new Map(rows.map(row => [row.id, row.bytes]))
    const whole = segments.filter(segment => segment.since >= since && segment.until < until)
    const taken = whole.filter(({ id }) => {
      const bytes = byId.get(id)
      return bytes && bytes.byteLength > 0 && !this.#changes.has(id) && takeSums([...readSums(bytes)])
    })
    return new Set(taken.map(({ id }) => id))
  }

  #segment(id: number, bytes: ReadonlyMap<number, Uint8Array>, isSummed: boolean): Block {
    const changes = this.#changes.get(id) ?? []
    this.#empty.clear()
    for (const [name, values] of this.#columns) {
      if (isSummed && !this.#summedColumns.has(name)) continue
      const own = bytes.get(columnPlace(name, id))
      if (own || changes.length > 0) decodeColumn(own, values)
      else this.#empty.add(name)
    }
    const first = id * segmentRows
    for (const row of changes) putRow(this.#columns, row.id - first, row)
    return { ...this.#block(segmentRows, place => first + place), isSummed }
  }

  /** The runs that are in no segment. */
  *rowsBeside(segments: readonly number[]): Generator<Block> {
    let next = 0
    for (const id of [...segments, Number.POSITIVE_INFINITY]) {
      if (id > next) yield* this.#rows(next * segmentRows, id * segmentRows)
      next = id + 1
    }
  }

  *#rows(from: number, to: number): Generator<Block> {
    const end = Math.min(to, Number.MAX_SAFE_INTEGER)
    for (let start = from; ; ) {
      const rows = this.#database.select<NumberRow>(
        `${this.#select} FROM runs WHERE id >= ? AND id < ? ORDER BY id LIMIT ${segmentRows}`,
        [start, end],
      )
      const last = rows.at(-1)
      if (last === undefined) return
      this.#empty.clear()
      for (const [place, row] of rows.entries()) putRow(this.#columns, place, row)
      yield this.#block(rows.length, place => rows[place]?.id ?? 0)
      start = last.id + 1
    }
  }

  *earlier(runs: readonly EarlierRun[]): Generator<Block> {
    for (let start = 0; start < runs.length; start += segmentRows) {
      const some = runs.slice(start, start + segmentRows)
      this.#empty.clear()
      for (const [place, { row }] of some.entries()) putRow(this.#columns, place, row)
      yield {
        size: some.length,
        isSummed: false,
        column: name => this.#column(name),
        isEmpty: name => this.#empty.has(name),
        partsAt: place => some[place]?.parts ?? [],
      }
    }
  }

  #block(size: number, idAt: (place: number) => number): Block {
    this.#leaveOut(size, idAt)
    return {
      size,
      isSummed: false,
      column: name => this.#column(name),
      isEmpty: name => this.#empty.has(name),
      partsAt: place => this.#database.all<RunPart>('SELECT * FROM run_parts WHERE run = ?', idAt(place)),
    }
  }

  #leaveOut(size: number, idAt: (place: number) => number): void {
    const { without } = this.#query
    if (!without?.size) return
    const times = this.#column('first_at')
    for (let place = 0; place < size; place++) if (without.has(idAt(place))) times[place] = Number.NaN
  }

  #column(name: NumberColumn): Float64Array {
    const values = this.#columns.get(name)
    if (values && this.#empty.delete(name)) values.fill(Number.NaN)
    if (values) return values
    throw new Error(`The query reads no column ${name}.`)
  }
}
