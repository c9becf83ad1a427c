import type { Database } from '../database/database.ts'
import type { SqlValue } from '../database/handle.ts'
import type { Marks } from '../files/file-marks.ts'
import { nextChange } from '../history/next-change.ts'
import { isErased } from './erased-items.ts'

type Row = Record<string, SqlValue>

/** One row to copy, written inside a transaction of the next file. */
export type CarriedRow = (next: Database) => void

/**
 * The test runs, items and verdicts that were written after `marks`, or changed at any time. Copying them twice changes
 * nothing.
 *
 * @param read returns what can be read of the old file
 */
export function* carriedTestRuns(
  read: (sql: string, ...params: SqlValue[]) => readonly Row[],
  marks: Marks,
): Generator<CarriedRow> {
  for (const row of read('SELECT * FROM test_runs WHERE id > ? ORDER BY id', marks.testRuns))
    yield next => insertTestRun(next, row)
  for (const row of read('SELECT * FROM test_run_ends WHERE id > ? ORDER BY id', marks.testRunEnds))
    yield next => insertEnd(next, row)
  const items = 'SELECT id FROM items WHERE id > ? OR late_change_id IS NOT NULL ORDER BY id'
  for (const { id } of read(items, marks.items))
    for (const row of read('SELECT * FROM items JOIN item_parts ON item_id = id WHERE id = ?', id ?? null))
      yield next => insertItem(next, row)
  const verdicts = 'SELECT * FROM verdict_history WHERE id > ? OR withdrawn_change_id IS NOT NULL ORDER BY id'
  for (const row of read(verdicts, marks.verdicts)) yield next => insertVerdict(next, row)
}

const isThere = (next: Database, row: Row): boolean =>
  next.get('SELECT 1 FROM test_runs WHERE test_run_id = ?', row.test_run_id ?? null) !== undefined

function insertTestRun(next: Database, { id: _, ...row }: Row): void {
  if (!isThere(next, row)) insert(next, 'test_runs', { ...row, change_id: nextChange(next) })
}

function insertEnd(next: Database, { id: _, ...row }: Row): void {
  const { test_run_id = null, status = null, at = null, result_json = null } = row
  const known = next.get(
    'SELECT 1 FROM test_run_ends WHERE test_run_id = ? AND status = ? AND at IS ? AND result_json IS ?',
    test_run_id,
    status,
    at,
    result_json,
  )
  if (known !== undefined || !isThere(next, row)) return
  insert(next, 'test_run_ends', { ...row, change_id: nextChange(next) })
  next.run('UPDATE test_runs SET status = ?, completed_at = ? WHERE test_run_id = ?', status, at, test_run_id)
}

function insertItem(next: Database, row: Row): void {
  const { id: _, item_id: __, item_json, late_json, ...item } = row
  if (!isThere(next, row) || isErased(next, item.source_trace_id) || isErased(next, item.trace_id)) return
  const changes = {
    change_id: nextChange(next),
    late_change_id: item.late_change_id === null ? null : nextChange(next),
  }
  const identity = [item.test_run_id, item.source_trace_id, item.source_span_id, item.attempt]
  const where = 'test_run_id = ? AND source_trace_id = ? AND source_span_id = ? AND attempt = ?'
  const params = identity.map(each => each ?? null)
  const known = next.get<{ id: number; late_change_id: number | null }>(
    `SELECT id, late_change_id FROM items WHERE ${where}`,
    ...params,
  )
  if (known === undefined) {
    insert(next, 'items', { ...item, ...changes })
    next.run(
      `INSERT INTO item_parts (item_id, item_json, late_json) SELECT id, ?, ? FROM items WHERE ${where}`,
      item_json ?? null,
      late_json ?? null,
      ...params,
    )
  } else if (known.late_change_id === null && changes.late_change_id !== null) {
    next.run(
      'UPDATE items SET late_change_id = ?, late_outcome = ?, late_row_json = ? WHERE id = ?',
      changes.late_change_id,
      item.late_outcome ?? null,
      item.late_row_json ?? null,
      known.id,
    )
    next.run('UPDATE item_parts SET late_json = ? WHERE item_id = ?', late_json ?? null, known.id)
  }
}

function insertVerdict(next: Database, { id: _, ...row }: Row): void {
  if (!isThere(next, row) || isErased(next, row.trace_id)) return
  const { test_run_id = null, trace_id = null, at = null, by = null, pass = null } = row
  const known = next.get<{ id: number; withdrawn_at: number | null }>(
    `SELECT id, withdrawn_at FROM verdict_history
     WHERE test_run_id = ? AND trace_id = ? AND at IS ? AND by IS ? AND pass = ?`,
    test_run_id,
    trace_id,
    at,
    by,
    pass,
  )
  const withdrawn = row.withdrawn_change_id === null ? null : nextChange(next)
  if (known === undefined)
    insert(next, 'verdict_history', { ...row, change_id: nextChange(next), withdrawn_change_id: withdrawn })
  else if (withdrawn !== null && known.withdrawn_at === null)
    next.run(
      'UPDATE verdict_history SET withdrawn_change_id = ?, withdrawn_at = ?, withdrawn_by = ? WHERE id = ?',
      withdrawn,
      row.withdrawn_at ?? null,
      row.withdrawn_by ?? null,
      known.id,
    )
}

function insert(next: Database, table: string, row: Row): void {
  const columns = Object.keys(row)
  const places = columns.map(() => '?').join(', ')
  next.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`, ...Object.values(row))
}
