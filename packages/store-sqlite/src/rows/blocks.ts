import { RuntapeError } from '@runtape/core'
import type { Database } from '../database/database.ts'
import { isNamed, type NamedRuns, rowsOfNamed } from '../filtering/named-runs.ts'
import type { RevisionView } from '../reading/revision-view.ts'
import { rowsAtOnce, type Segment, SegmentRows } from '../reading/segment-rows.ts'
import { decodeColumn } from './column-codec.ts'
import type { EarlierRun, ReadTexts } from './earlier-runs.ts'
import type { NumberColumn } from './rows-schema.ts'
import type { RunPart } from './run-row.ts'
import { segmentRows } from './segment-size.ts'
import { type QuarterSums, readSums } from './segment-sums.ts'
import { columnPlace, type NumberRow, putRow } from './segments.ts'

/** Some runs, column by column. An empty place has no `first_at`. Valid until the next block is read. */
export interface Block {
  readonly size: number
  /** True if the sums of its runs were taken; the block then has only `summedColumns`. */
  readonly isSummed: boolean
  /** The id of the row at a place. */
  idAt(place: number): number
  column(name: NumberColumn): Float64Array
  /** True if the whole column is null, so that it can be skipped. */
  isEmpty(name: NumberColumn): boolean
  /** Usage of the run at this place by model; empty unless its `parts` is 1. */
  partsAt(place: number): readonly RunPart[]
}

/** Where blocks are read. */
export interface BlockSource {
  readonly database: Database
  readonly texts: ReadTexts
  /** Segments that are read without yielding, because segments of a column are stored together. */
  readonly segmentsAtOnce: number
}

export interface BlockQuery {
  readonly columns: readonly NumberColumn[]
  readonly since?: number | undefined
  readonly until?: number | undefined
  /**
   * Called with the sums of each unchanged segment that lies entirely in the time range of the query. Returns whether
   * it uses the sums instead of the runs.
   */
  readonly takeSums?: ((sums: readonly QuarterSums[]) => boolean) | undefined
  /** Columns that are still read for runs whose sums were used. */
  readonly summedColumns?: readonly NumberColumn[]
  /** Reads only these runs. */
  readonly named?: NamedRuns | undefined
}

/**
 * All runs that may be in the time range of the query, possibly with others, as of the revision of the view. Yields
 * `undefined` where the reader may pause.
 */
export function* readBlocks(
  { database, texts, segmentsAtOnce }: BlockSource,
  view: RevisionView,
  query: BlockQuery,
): Generator<Block | undefined, void> {
  yield* view.begin()
  const reader = new BlockReader(database, view, query)
  if (query.named) return yield* reader.ofNamed(query.named, texts)
  const ids = reader.wantedSegments()
  for (let at = 0; at < ids.length; at += segmentsAtOnce)
    yield* reader.read(ids.slice(at, at + segmentsAtOnce))
  yield* reader.earlier(texts)
}

interface MadeSegment extends Segment {
  readonly sums: Uint8Array | null
}

interface ReadSegment {
  readonly id: number
  /** By place of the column. */
  readonly bytes: ReadonlyMap<number, Uint8Array>
  readonly changes: readonly NumberRow[]
  /** Rows to skip. */
  readonly left: ReadonlySet<number> | undefined
}

class BlockReader {
  readonly #database: Database
  readonly #view: RevisionView
  readonly #query: BlockQuery
  readonly #columns: ReadonlyMap<NumberColumn, Float64Array>
  readonly #summedColumns: ReadonlySet<NumberColumn>
  readonly #rows: SegmentRows
  /** Columns that are null in this block and have not been filled with NaN yet. */
  readonly #empty = new Set<NumberColumn>()

  constructor(database: Database, view: RevisionView, query: BlockQuery) {
    this.#database = database
    this.#view = view
    this.#query = query
    const names = [...new Set<NumberColumn>(['first_at', ...query.columns])]
    this.#summedColumns = new Set<NumberColumn>(['first_at', ...(query.summedColumns ?? [])])
    this.#columns = new Map(names.map(name => [name, new Float64Array(segmentRows)]))
    this.#rows = new SegmentRows(database, view, names)
  }

  /**
   * All segments except those entirely outside the time range. Later changes to them do not matter, because the read
   * has a revision.
   */
  wantedSegments(): number[] {
    const { since = -Infinity, until = Infinity } = this.#query
    const { count, timed } = this.#rows.known()
    const isBeside = ({ since: first, until: last }: Segment) => last < since || first >= until
    const all = Array.from({ length: count }, (_, id) => id)
    return all.filter(id => {
      const segment = timed.get(id)
      return segment === undefined || !isBeside(segment)
    })
  }

  /** Reads a few consecutive segments. */
  *read(ids: readonly number[]): Generator<Block | undefined, void> {
    const [first = 0, last = 0] = [ids[0], ids.at(-1)]
    const made = this.#madeIn(first, last).filter(({ id }) => ids.includes(id))
    const changes = this.#changesIn(first, last)
    const left = new Map(made.map(({ id }) => [id, this.#rows.leftOutOf(id)]))
    const isWhole = (id: number) => !changes.has(id) && left.get(id)?.size === 0
    const summed = new Set(made.filter(each => isWhole(each.id) && this.#takesSums(each)).map(({ id }) => id))
    const bytes = this.#bytesOf(
      made.map(({ id }) => id),
      summed,
    )
    const isMade = new Set(made.map(({ id }) => id))
    // Without yielding, so that everything is read as of one moment.
    for (const { id } of made) {
      // The reader may pause between blocks, and reads the parts of runs only then: those that changed meanwhile are left out.
      const now = summed.has(id) ? undefined : this.#rows.leftOutOf(id)
      yield this.#segment(
        { id, bytes, changes: changes.get(id) ?? [], left: now ?? left.get(id) },
        summed.has(id),
      )
    }
    yield
    for (const id of ids) if (!isMade.has(id)) yield* this.#unmade(id)
  }

  #madeIn(first: number, last: number): MadeSegment[] {
    const sums = this.#query.takeSums ? 'sums' : 'NULL AS sums'
    const sql = `SELECT id, since, until, ${sums} FROM run_segments WHERE id BETWEEN ? AND ?`
    return this.#database.all<MadeSegment>(sql, first, last)
  }

  #changesIn(first: number, last: number): ReadonlyMap<number, readonly NumberRow[]> {
    return Map.groupBy(this.#rows.changes(first, last), ({ id }) => Math.floor(id / segmentRows))
  }

  #takesSums({ since, until, sums }: MadeSegment): boolean {
    const { takeSums, since: from = -Infinity, until: to = Infinity } = this.#query
    if (!takeSums || !sums?.byteLength || since < from || until >= to) return false
    return takeSums([...readSums(sums)])
  }

  /** The columns of segments, by place. */
  #bytesOf(ids: readonly number[], summed: ReadonlySet<number>): ReadonlyMap<number, Uint8Array> {
    const bytes = new Map<number, Uint8Array>()
    for (const name of this.#columns.keys()) {
      const wanted = this.#summedColumns.has(name) ? ids : ids.filter(id => !summed.has(id))
      const [first, last] = [wanted[0], wanted.at(-1)]
      if (first === undefined || last === undefined) continue
      const rows = this.#database.all<{ id: number; bytes: Uint8Array }>(
        'SELECT id, bytes FROM run_columns WHERE id BETWEEN ? AND ?',
        columnPlace(name, first),
        columnPlace(name, last),
      )
      for (const row of rows) bytes.set(row.id, row.bytes)
    }
    return bytes
  }

  #segment({ id, bytes, changes, left }: ReadSegment, isSummed: boolean): Block {
    this.#empty.clear()
    const first = id * segmentRows
    for (const [name, values] of this.#columns) {
      if (isSummed && !this.#summedColumns.has(name)) continue
      const own = bytes.get(columnPlace(name, id))
      if (own || changes.length > 0) decodeColumn(own, values)
      else this.#empty.add(name)
    }
    for (const row of changes) putRow(this.#columns, row.id - first, row)
    if (left?.size) {
      const times = this.#column('first_at')
      for (const row of left) times[row - first] = Number.NaN
    }
    return { ...this.#block(segmentRows, place => first + place), isSummed }
  }

  /** The rows of a segment that has not been built. */
  *#unmade(segment: number): Generator<Block | undefined, void> {
    for (const rows of this.#rows.unmade(segment)) {
      yield this.#blockOfRows(rows)
      yield
    }
  }

  *ofNamed(named: NamedRuns, texts: ReadTexts): Generator<Block | undefined, void> {
    for (const rows of rowsOfNamed(this.#database, this.#view, named)) {
      yield this.#blockOfRows(rows)
      yield
    }
    const { spanId } = this.#view.revision
    yield* this.earlier(texts, ({ row }) => isNamed(this.#database, named, row, spanId))
  }

  #blockOfRows(rows: readonly NumberRow[]): Block {
    this.#empty.clear()
    for (const [place, row] of rows.entries()) putRow(this.#columns, place, row)
    return this.#block(rows.length, place => rows[place]?.id ?? 0)
  }

  /** The runs that were skipped, as they were at the revision. */
  *earlier(
    texts: ReadTexts,
    isWanted: (run: EarlierRun) => boolean = () => true,
  ): Generator<Block | undefined, void> {
    let some: EarlierRun[] = []
    for (const run of this.#view.earlier(texts)) {
      if (run === undefined) yield
      else if (isWanted(run)) some.push(run)
      if (some.length < rowsAtOnce) continue
      yield this.#earlierBlock(some)
      some = []
    }
    yield this.#earlierBlock(some)
  }

  #earlierBlock(runs: readonly EarlierRun[]): Block {
    this.#empty.clear()
    for (const [place, { row }] of runs.entries()) putRow(this.#columns, place, row)
    return {
      ...this.#block(runs.length, place => runs[place]?.id ?? 0),
      partsAt: place => runs[place]?.parts ?? [],
    }
  }

  #block(size: number, idAt: (place: number) => number): Block {
    return {
      size,
      isSummed: false,
      idAt,
      column: name => this.#column(name),
      isEmpty: name => this.#empty.has(name),
      partsAt: place => this.#database.all<RunPart>('SELECT * FROM run_parts WHERE run = ?', idAt(place)),
    }
  }

  #column(name: NumberColumn): Float64Array {
    const values = this.#columns.get(name)
    if (values && this.#empty.delete(name)) values.fill(Number.NaN)
    if (values) return values
    throw new RuntapeError('store-unusable', `The query reads no column ${name}.`)
  }
}
