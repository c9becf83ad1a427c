import type { CopiedItem, CopiedTestRun, CopiedVerdict, CopyOutcome } from '@runtape/core/internal'
import { itemRow, readItemIdentity, sameJson, withLate } from '@runtape/core/store-helpers'
import type { Database } from '../../database/database.ts'
import { nextChange } from '../../history/next-change.ts'
import { isErased } from '../../test-runs/erased-items.ts'
import { startOfRow, type TestRunRow } from '../../test-runs/test-run-row.ts'
import { insertTestRun } from '../../test-runs/test-runs.ts'
import { outcomeOf } from './outcomes.ts'
import type { WriteContext } from './write-context.ts'

/** The first start with an id counts, as in `testRuns.start`; all ends are kept. */
export const writeTestRuns = ({ database }: WriteContext, entries: readonly CopiedTestRun[]): CopyOutcome =>
  outcomeOf(
    entries,
    ({ start: { testRunId } }) => `test run ${testRunId}`,
    entry => writeTestRun(database, entry),
  )

function writeTestRun(database: Database, { start, receivedAt, removed, ends }: CopiedTestRun) {
  const { testRunId } = start
  const known = database.get<TestRunRow>('SELECT * FROM test_runs WHERE test_run_id = ?', testRunId)
  if (known && !sameJson(startOfRow(known), start)) return 'conflict'
  if (!known) {
    insertTestRun(database, testRunId, start)
    database.run(
      'UPDATE test_runs SET started_at = ?, removed_items = ? WHERE test_run_id = ?',
      receivedAt,
      removed > 0 ? removed : null,
      testRunId,
    )
  }
  const added = ends.filter(end => addEnd(database, testRunId, end))
  return known && added.length === 0 ? 'known' : 'copied'
}

function addEnd(
  database: Database,
  testRunId: string,
  { status, receivedAt, result }: CopiedTestRun['ends'][number],
): boolean {
  const json = Object.keys(result).length > 0 ? JSON.stringify(result) : null
  const known = database.get(
    'SELECT 1 FROM test_run_ends WHERE test_run_id = ? AND status = ? AND at = ? AND result_json IS ?',
    testRunId,
    status,
    receivedAt,
    json,
  )
  if (known !== undefined) return false
  database.run(
    'INSERT INTO test_run_ends (change_id, test_run_id, status, at, result_json) VALUES (?, ?, ?, ?, ?)',
    nextChange(database, { kind: 'test-run', id: testRunId }),
    testRunId,
    status,
    receivedAt,
    json,
  )
  const sql = 'UPDATE test_runs SET status = ?, completed_at = ? WHERE test_run_id = ?'
  database.run(sql, status, receivedAt, testRunId)
  return true
}

/** The first item of an identity counts. A late part is added to it. */
export const writeItems = ({ database }: WriteContext, entries: readonly CopiedItem[]): CopyOutcome =>
  outcomeOf(
    entries,
    ({ testRunId, item }) => `the item of trace ${item.sourceTraceId} in test run ${testRunId}`,
    entry => writeItem(database, entry),
  )

interface KnownItem {
  readonly id: number
  readonly item_json: string
  readonly late_json: string | null
}

function writeItem(database: Database, { testRunId, item, late }: CopiedItem) {
  if (isErased(database, item.sourceTraceId) || isErased(database, item.traceId)) return 'known'
  const { sourceTraceId, sourceSpanId, attempt } = readItemIdentity(item)
  const known = database.get<KnownItem>(
    `SELECT id, item_json, late_json FROM items JOIN item_parts ON item_id = id
     WHERE test_run_id = ? AND source_trace_id = ? AND source_span_id = ? AND attempt = ?`,
    testRunId,
    sourceTraceId,
    sourceSpanId,
    attempt,
  )
  if (known && !sameJson(JSON.parse(known.item_json), item)) return 'conflict'
  if (known && (known.late_json !== null || !late)) return 'known'
  const change = () => nextChange(database, { kind: 'item', id: testRunId })
  if (!known) {
    database.run(
      `INSERT INTO items (change_id, test_run_id, source_trace_id, source_span_id, attempt, trace_id, outcome, row_json)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      change(),
      testRunId,
      sourceTraceId,
      sourceSpanId,
      attempt,
      item.traceId,
      item.outcome,
      JSON.stringify(itemRow(item)),
    )
    database.run(
      'INSERT INTO item_parts (item_id, item_json) VALUES (last_insert_rowid(), ?)',
      JSON.stringify(item),
    )
  }
  const id = known?.id ?? database.get<{ id: number }>('SELECT max(id) AS id FROM items')?.id ?? 0
  if (late) {
    const row = JSON.stringify(itemRow(withLate(item, late)))
    const sql = 'UPDATE items SET late_change_id = ?, late_outcome = ?, late_row_json = ? WHERE id = ?'
    database.run(sql, change(), late.outcome, row, id)
    database.run('UPDATE item_parts SET late_json = ? WHERE item_id = ?', JSON.stringify(late), id)
  }
  return 'copied'
}

/** Verdicts are added to the history of their item, each once. */
export const writeVerdicts = ({ database }: WriteContext, entries: readonly CopiedVerdict[]): CopyOutcome =>
  outcomeOf(
    entries,
    ({ testRunId }) => `a verdict of test run ${testRunId}`,
    entry => writeVerdict(database, entry),
  )

function writeVerdict(database: Database, { testRunId, verdict, receivedAt, withdrawn }: CopiedVerdict) {
  const { traceId, pass, by = null, comment = null } = verdict
  if (isErased(database, traceId)) return 'known'
  const known = database.get<{ id: number; withdrawn_at: number | null }>(
    `SELECT id, withdrawn_at FROM verdict_history
     WHERE test_run_id = ? AND trace_id = ? AND at IS ? AND by IS ? AND pass = ? AND comment IS ?`,
    testRunId,
    traceId,
    receivedAt,
    by,
    Number(pass),
    comment,
  )
  if (known && (known.withdrawn_at !== null || !withdrawn)) return 'known'
  const change = () => nextChange(database, { kind: 'verdict', id: testRunId })
  const id =
    known?.id ??
    database.get<{ id: number }>(
      `INSERT INTO verdict_history (change_id, test_run_id, trace_id, pass, by, comment, at)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
      change(),
      testRunId,
      traceId,
      Number(pass),
      by,
      comment,
      receivedAt,
    )?.id ??
    0
  if (withdrawn)
    database.run(
      'UPDATE verdict_history SET withdrawn_change_id = ?, withdrawn_at = ?, withdrawn_by = ? WHERE id = ?',
      change(),
      withdrawn.at,
      withdrawn.by ?? null,
      id,
    )
  return 'copied'
}
