import { isDeepStrictEqual } from 'node:util'
import { RuntapeError } from '@runtape/core'
import type { Database } from '../database/database.ts'
import { encodeColumn } from './column-codec.ts'
import { type NumberColumn, numberColumns } from './rows-schema.ts'
import { segmentRows } from './segment-size.ts'
import { sumsOfSegment } from './segment-sums.ts'

export type NumberRow = { readonly id: number } & Readonly<Record<NumberColumn, number | null>>

/** Up to this many changed rows it is faster to read them one by one than to rebuild the segment. */
const mostChanges = 256

/** The segment that contains a run's row, and the places of its columns. */
export function segmentOf(row: number): { readonly id: number; readonly places: readonly number[] } {
  const id = Math.floor(row / segmentRows)
  return { id, places: numberColumns.map(column => columnPlace(column, id)) }
}

/** The place of a segment's column in `run_columns`. All segments of a column are stored together. */
export const columnPlace = (column: NumberColumn, segment: number): number =>
  numberColumns.indexOf(column) * 2 ** 24 + segment

/** Columns written per transaction. That takes a millisecond or two. */
const columnsAtOnce = 6

/** Rows read at a time. */
const rowsAtOnce = 256

/**
 * Builds a segment in several steps. Stops if one of its rows changes meanwhile or another process holds the lock, and
 * is tried again later. Until then its rows are read one by one.
 */
export function* makingSegment(database: Database, segment: number): Generator<undefined, void> {
  const before = stateOf(database, segment)
  const columns = yield* readingColumns(database, segment)
  // While the state is the same, what was read is still valid, even if another process is building the same segment.
  const writing = (write: () => void) =>
    inTransaction(database, () => {
      const isSame = isDeepStrictEqual(stateOf(database, segment), before)
      if (isSame) write()
      return isSame
    })
  const places: number[] = []
  for (let from = 0; from < columns.length; from += columnsAtOnce) {
    const some = columns.slice(from, from + columnsAtOnce).map(([name, values]): Placed => {
      return [columnPlace(name, segment), encodeColumn(values)]
    })
    if (!writing(() => putColumns(database, some))) return
    for (const [place, bytes] of some) if (bytes) places.push(place)
    yield
  }
  const sums = sumsOfSegment(new Map(columns))
  yield
  writing(() => {
    // A removal deletes the columns, even if it keeps the numbers of the rows.
    if (areThere(database, places)) putSegment(database, segment, sums)
  })
}

/** A column and its place. */
type Placed = readonly [place: number, bytes: Uint8Array | undefined]

/** Changes whenever a row of the segment is changed or removed, because ids of events and prices only grow. */
function stateOf(database: Database, segment: number): unknown {
  return database.get(
    `SELECT count(*) AS rows, max(last_id) AS event, max(price_id) AS price, total(context_key) AS contexts
     FROM runs WHERE id >= ? AND id < ?`,
    segment * segmentRows,
    (segment + 1) * segmentRows,
  )
}

function inTransaction(database: Database, work: () => boolean): boolean {
  try {
    return database.transaction(work)
  } catch (error) {
    // Another process holds the lock, or the disk is full.
    if (RuntapeError.isInstance(error) && error.code === 'store-unusable') return false
    throw error
  }
}

/** Segments that are full and have not been built, or have changed much. */
export function missingSegments(database: Database): number[] {
  const last = database.get<{ id: number | null }>('SELECT max(id) AS id FROM runs')?.id ?? 0
  const full = Math.floor((last + 1) / segmentRows)
  // A segment without sums is from a version that had none.
  const made = new Set(
    database.all<{ id: number }>('SELECT id FROM run_segments WHERE sums IS NOT NULL').map(({ id }) => id),
  )
  const changed = database.all<{ id: number }>(
    `SELECT id / ${segmentRows} AS id FROM run_changes GROUP BY 1 HAVING count(*) > ${mostChanges}`,
  )
  const missing = Array.from({ length: full }, (_, segment) => segment).filter(segment => !made.has(segment))
  return [...missing, ...changed.map(({ id }) => id)]
}

type Column = readonly [name: NumberColumn, values: Float64Array]

function* readingColumns(database: Database, segment: number): Generator<undefined, Column[]> {
  const columns = new Map(numberColumns.map(name => [name, new Float64Array(segmentRows).fill(Number.NaN)]))
  const first = segment * segmentRows
  for (let from = first; from < first + segmentRows; from += rowsAtOnce) {
    const rows = database.all<NumberRow>(
      `SELECT id, ${numberColumns.join(', ')} FROM runs WHERE id >= ? AND id < ?`,
      from,
      from + rowsAtOnce,
    )
    for (const row of rows) putRow(columns, row.id - first, row)
    yield
  }
  return [...columns]
}

function putColumns(database: Database, columns: readonly Placed[]): void {
  for (const [place, bytes] of columns)
    if (bytes) database.run('INSERT OR REPLACE INTO run_columns (id, bytes) VALUES (?, ?)', place, bytes)
    else database.run('DELETE FROM run_columns WHERE id = ?', place)
}

const areThere = (database: Database, places: readonly number[]): boolean =>
  database.get<{ n: number }>(
    'SELECT count(*) AS n FROM run_columns WHERE id IN (SELECT value FROM json_each(?))',
    JSON.stringify(places),
  )?.n === places.length

function putSegment(database: Database, segment: number, sums: Uint8Array): void {
  const ids = [segment * segmentRows, (segment + 1) * segmentRows] as const
  database.run(
    `INSERT OR REPLACE INTO run_segments (id, since, until, sums)
     SELECT ?, coalesce(min(first_at), 0), coalesce(max(first_at), 0), ? FROM runs WHERE id >= ? AND id < ?`,
    segment,
    sums,
    ...ids,
  )
  database.run('DELETE FROM run_changes WHERE id >= ? AND id < ?', ...ids)
}

/** Writes a row into columns; null becomes NaN. */
export function putRow(
  columns: ReadonlyMap<NumberColumn, Float64Array>,
  place: number,
  row: Readonly<Record<NumberColumn, number | null>>,
): void {
  for (const [name, values] of columns) values[place] = row[name] ?? Number.NaN
}
