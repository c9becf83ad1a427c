import { RuntapeError } from '@runtape/core'
import type { Database } from '../database.ts'
import { encodeColumn } from './column-codec.ts'
import { type NumberColumn, numberColumns } from './rows-schema.ts'
import { segmentRows } from './segment-size.ts'

export type NumberRow = { readonly id: number } & Readonly<Record<NumberColumn, number | null>>

/** So many changed rows are read faster one by one than a segment is made anew. */
const mostChanges = 256

/** The segment that a run's row is in, and where its columns are. */
export function segmentOf(row: number): { readonly id: number; readonly places: readonly number[] } {
  const id = Math.floor(row / segmentRows)
  return { id, places: numberColumns.map(column => columnPlace(column, id)) }
}

/** The place of a segment's column in `run_columns`: all segments of a column stand together. */
export const columnPlace = (column: NumberColumn, segment: number): number =>
  numberColumns.indexOf(column) * 2 ** 24 + segment

/** Makes a segment in a transaction. Returns false if it cannot now: then its rows are read one by one. */
export function makeSegment(database: Database, segment: number): boolean {
  try {
    database.transaction(() => putSegment(database, segment))
    return true
  } catch (error) {
    // Another process holds the lock, or the disk is full.
    if (RuntapeError.isInstance(error) && error.code === 'store-unusable') return false
    throw error
  }
}

/** The segments that are full and not there yet, or have changed much. */
export function missingSegments(database: Database): number[] {
  const last = database.get<{ id: number | null }>('SELECT max(id) AS id FROM runs')?.id ?? 0
  const full = Math.floor((last + 1) / segmentRows)
  const made = new Set(database.all<{ id: number }>('SELECT id FROM run_segments').map(({ id }) => id))
  const changed = database.all<{ id: number }>(
    `SELECT id / ${segmentRows} AS id FROM run_changes GROUP BY 1 HAVING count(*) > ${mostChanges}`,
  )
  const missing = Array.from({ length: full }, (_, segment) => segment).filter(segment => !made.has(segment))
  return [...missing, ...changed.map(({ id }) => id)]
}

function putSegment(database: Database, segment: number): void {
  const first = segment * segmentRows
  const columns = columnsOf(database, first)
  const ids = [first, first + segmentRows] as const
  for (const [column, values] of columns) {
    const bytes = encodeColumn(values)
    const place = columnPlace(column, segment)
    if (bytes) database.run('INSERT OR REPLACE INTO run_columns (id, bytes) VALUES (?, ?)', place, bytes)
    else database.run('DELETE FROM run_columns WHERE id = ?', place)
  }
  database.run(
    `INSERT OR REPLACE INTO run_segments (id, since, until)
     SELECT ?, coalesce(min(first_at), 0), coalesce(max(first_at), 0) FROM runs WHERE id >= ? AND id < ?`,
    segment,
    ...ids,
  )
  database.run('DELETE FROM run_changes WHERE id >= ? AND id < ?', ...ids)
}

function columnsOf(database: Database, first: number): Map<NumberColumn, Float64Array> {
  const columns = new Map(numberColumns.map(name => [name, new Float64Array(segmentRows).fill(Number.NaN)]))
  const rows = database.all<NumberRow>(
    `SELECT id, ${numberColumns.join(', ')} FROM runs WHERE id >= ? AND id < ?`,
    first,
    first + segmentRows,
  )
  for (const row of rows) putRow(columns, row.id - first, row)
  return columns
}

/** Puts a row into columns; null as NaN. */
export function putRow(
  columns: ReadonlyMap<NumberColumn, Float64Array>,
  place: number,
  row: Readonly<Record<NumberColumn, number | null>>,
): void {
  for (const [name, values] of columns) values[place] = row[name] ?? Number.NaN
}
