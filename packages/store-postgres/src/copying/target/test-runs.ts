import type { CopiedTestRun, CopiedVerdict, CopyOutcome } from '@runtape/core/internal'
import { sameJson } from '@runtape/core/store-helpers'
import { noteChanges } from '../../changes/note-change.ts'
import type { Queries } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { keyText } from '../../database/values.ts'
import { isErased } from '../../test-runs/known-test-run.ts'
import type { WriteContext } from './write-context.ts'

/** The first start with an id counts, as in `testRuns.start`; all ends are kept. */
export async function writeTestRuns(
  { queries }: WriteContext,
  entries: readonly CopiedTestRun[],
): Promise<CopyOutcome> {
  const [fates, conflicts, changed] = [{ copied: 0, known: 0 }, [] as string[], [] as string[]]
  for (const entry of entries) {
    const isNew = await insertTestRun(queries, entry)
    if (!isNew && !(await isSameStart(queries, entry))) conflicts.push(entry.start.testRunId)
    else fates[isNew ? 'copied' : 'known']++
    let isChanged = isNew
    for (const end of entry.ends)
      if ((await insertEnd(queries, entry.start.testRunId, end)) > 0) isChanged = true
    if (isChanged) changed.push(entry.start.testRunId)
  }
  await noteChanges(queries, 'test-run', changed)
  return { ...fates, conflicts }
}

async function insertTestRun(
  queries: Queries,
  { start, receivedAt, removed }: CopiedTestRun,
): Promise<boolean> {
  const { testRunId, key, experimentGroupId } = start
  const group = experimentGroupId === undefined ? null : keyText(experimentGroupId)
  const added = await queries.run(
    sql`INSERT INTO @test_runs (id, received_at, test_run_id, key, experiment_group_id, start, removed_items)
      VALUES (nextval('@ids'), ${Math.floor(receivedAt)}, ${keyText(testRunId)}, ${keyText(key)}, ${group},
        ${JSON.stringify(start)}, ${removed})
      ON CONFLICT (test_run_id) DO NOTHING`,
  )
  return added > 0
}

async function isSameStart(queries: Queries, { start }: CopiedTestRun): Promise<boolean> {
  const [known] = await queries.rows<{ start: string }>(
    sql`SELECT start FROM @test_runs WHERE test_run_id = ${keyText(start.testRunId)}`,
  )
  return known !== undefined && sameJson(JSON.parse(known.start), start)
}

function insertEnd(
  queries: Queries,
  testRunId: string,
  { status, receivedAt, result }: CopiedTestRun['ends'][number],
): Promise<number> {
  const [key, at, json] = [keyText(testRunId), Math.floor(receivedAt), JSON.stringify(result)]
  return queries.run(
    sql`INSERT INTO @test_run_ends (id, received_at, test_run_id, status, result)
      SELECT nextval('@ids'), ${at}::bigint, ${key}::text, ${status}::text, ${json}::text
      WHERE NOT EXISTS (SELECT 1 FROM @test_run_ends
        WHERE test_run_id = ${key} AND received_at = ${at} AND status = ${status} AND result = ${json})`,
  )
}

/** Verdicts are added to the history of their item, each once. */
export async function writeVerdicts(
  { queries }: WriteContext,
  entries: readonly CopiedVerdict[],
): Promise<CopyOutcome> {
  const fates = { copied: 0, known: 0 }
  const changed: string[] = []
  for (const entry of entries) {
    const fate = await writeVerdict(queries, entry)
    fates[fate]++
    if (fate === 'copied') changed.push(entry.testRunId)
  }
  await noteChanges(queries, 'verdict', changed)
  return { ...fates, conflicts: [] }
}

async function writeVerdict(queries: Queries, entry: CopiedVerdict): Promise<'copied' | 'known'> {
  const { testRunId, verdict, withdrawn } = entry
  // A comment may quote the erased trace.
  if (await isErased(queries, [verdict.traceId])) return 'known'
  const [key, trace, at] = [keyText(testRunId), keyText(verdict.traceId), Math.floor(entry.receivedAt)]
  const rows = await queries.rows<{ id: number; verdict: string; is_withdrawn: boolean }>(
    sql`SELECT id, verdict, withdrawn_xid IS NOT NULL AS is_withdrawn FROM @verdicts
      WHERE test_run_id = ${key} AND trace_id = ${trace} AND received_at = ${at}`,
  )
  const known = rows.find(row => sameJson(JSON.parse(row.verdict), verdict))
  if (known && (known.is_withdrawn || !withdrawn)) return 'known'
  const [row] = known
    ? [known]
    : await queries.rows<{ id: number }>(
        sql`INSERT INTO @verdicts (id, received_at, test_run_id, trace_id, verdict)
          VALUES (nextval('@ids'), ${at}, ${key}, ${trace}, ${JSON.stringify(verdict)}) RETURNING id`,
      )
  if (withdrawn)
    await queries.run(
      sql`UPDATE @verdicts SET withdrawn_xid = @current_xid(),
        withdrawn_received_at = ${Math.floor(withdrawn.at)}, withdrawn_by = ${withdrawn.by} WHERE id = ${row?.id}`,
    )
  return 'copied'
}
