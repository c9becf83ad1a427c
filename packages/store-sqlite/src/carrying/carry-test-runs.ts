import type { Database } from '../database/database.ts'
import { nextChange } from '../history/next-change.ts'
import { isErased } from '../test-runs/erased-items.ts'
import { type CarriedRow, type Fate, insertRow } from './carried-row.ts'
import type { OldFile, Row } from './old-file.ts'

/**
 * The test runs, items and verdicts that were written or changed since the last check, with the test runs that they
 * belong to. Changes that another process made before are copied if the next file has their test run.
 */
export function* carriedTestRuns(old: OldFile): Generator<CarriedRow> {
  const { marks } = old
  const items = `id > ${marks.items} OR ${old.changed('items')}`
  const verdicts = `id > ${marks.verdicts} OR ${old.changed('verdict_history')}`
  for (const row of old.byId('items', `late_change_id IS NOT NULL AND NOT (${items})`))
    yield carriedItem(old, row, next => isThere(next, row))
  for (const row of old.byId('verdict_history', `withdrawn_change_id IS NOT NULL AND NOT (${verdicts})`))
    yield { kind: 'verdicts', write: next => (isThere(next, row) ? insertVerdict(next, row) : 'known') }
  for (const row of old.byId('test_runs', `id > ${marks.testRuns}`))
    yield { kind: 'test runs', write: next => insertTestRun(next, row) }
  for (const row of old.byId('test_run_ends', `id > ${marks.testRunEnds}`))
    yield { write: next => (belongs(next, old, row) ? insertEnd(next, row) : 'known') }
  for (const row of old.byId('items', items)) yield carriedItem(old, row, next => belongs(next, old, row))
  for (const row of old.byId('verdict_history', verdicts))
    yield { kind: 'verdicts', write: next => (belongs(next, old, row) ? insertVerdict(next, row) : 'known') }
}

function carriedItem(old: OldFile, row: Row, belongsTo: (next: Database) => boolean): CarriedRow {
  const name = `${row.source_trace_id} in test run ${row.test_run_id}`
  const write = (next: Database): Fate => {
    if (isErased(next, row.source_trace_id) || isErased(next, row.trace_id) || !belongsTo(next))
      return 'known'
    const [parts] = old.tryAll<Row>('SELECT * FROM item_parts WHERE item_id = ?', row.id ?? null) ?? []
    return parts ? insertItem(next, row, parts) : 'lost'
  }
  return { kind: 'items', name, write }
}

const isThere = (next: Database, row: Row): boolean =>
  next.get('SELECT 1 FROM test_runs WHERE test_run_id = ?', row.test_run_id ?? null) !== undefined

/** Whether the next file has the test run of a row. Copies it if necessary. */
function belongs(next: Database, old: OldFile, row: Row): boolean {
  if (isThere(next, row)) return true
  const sql = 'SELECT * FROM test_runs WHERE test_run_id = ?'
  const [testRun] = old.tryAll<Row>(sql, row.test_run_id ?? null) ?? []
  if (testRun) insertTestRun(next, testRun)
  return testRun !== undefined
}

function insertTestRun(next: Database, { id: _, ...row }: Row): Fate {
  if (isThere(next, row)) return 'known'
  insertRow(next, 'test_runs', {
    ...row,
    change_id: nextChange(next, { kind: 'test-run', id: String(row.test_run_id) }),
  })
  return 'copied'
}

function insertEnd(next: Database, { id: _, ...row }: Row): Fate {
  const { test_run_id = null, status = null, at = null, result_json = null } = row
  const known = next.get(
    'SELECT 1 FROM test_run_ends WHERE test_run_id = ? AND status = ? AND at IS ? AND result_json IS ?',
    test_run_id,
    status,
    at,
    result_json,
  )
  if (known !== undefined) return 'known'
  insertRow(next, 'test_run_ends', {
    ...row,
    change_id: nextChange(next, { kind: 'test-run', id: String(row.test_run_id) }),
  })
  next.run('UPDATE test_runs SET status = ?, completed_at = ? WHERE test_run_id = ?', status, at, test_run_id)
  return 'copied'
}

function insertItem(next: Database, { id: _, ...item }: Row, { item_json, late_json }: Row): Fate {
  const itemChange = () => nextChange(next, { kind: 'item', id: String(item.test_run_id) })
  const changes = {
    change_id: itemChange(),
    late_change_id: item.late_change_id === null ? null : itemChange(),
  }
  const identity = [item.test_run_id, item.source_trace_id, item.source_span_id, item.attempt]
  const where = 'test_run_id = ? AND source_trace_id = ? AND source_span_id = ? AND attempt = ?'
  const params = identity.map(each => each ?? null)
  const known = next.get<{ id: number; late_change_id: number | null }>(
    `SELECT id, late_change_id FROM items WHERE ${where}`,
    ...params,
  )
  if (known === undefined) {
    insertRow(next, 'items', { ...item, ...changes })
    next.run(
      `INSERT INTO item_parts (item_id, item_json, late_json) SELECT id, ?, ? FROM items WHERE ${where}`,
      item_json ?? null,
      late_json ?? null,
      ...params,
    )
    return 'copied'
  }
  if (known.late_change_id !== null || changes.late_change_id === null) return 'known'
  next.run(
    'UPDATE items SET late_change_id = ?, late_outcome = ?, late_row_json = ? WHERE id = ?',
    changes.late_change_id,
    item.late_outcome ?? null,
    item.late_row_json ?? null,
    known.id,
  )
  next.run('UPDATE item_parts SET late_json = ? WHERE item_id = ?', late_json ?? null, known.id)
  return 'copied'
}

function insertVerdict(next: Database, { id: _, ...row }: Row): Fate {
  if (isErased(next, row.trace_id)) return 'known'
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
  const change = () => nextChange(next, { kind: 'verdict', id: String(row.test_run_id) })
  const withdrawn = row.withdrawn_change_id === null ? null : change()
  if (known === undefined) {
    const change_id = change()
    insertRow(next, 'verdict_history', { ...row, change_id, withdrawn_change_id: withdrawn })
    return 'copied'
  }
  if (withdrawn === null || known.withdrawn_at !== null) return 'known'
  next.run(
    'UPDATE verdict_history SET withdrawn_change_id = ?, withdrawn_at = ?, withdrawn_by = ? WHERE id = ?',
    withdrawn,
    row.withdrawn_at ?? null,
    row.withdrawn_by ?? null,
    known.id,
  )
  return 'copied'
}
