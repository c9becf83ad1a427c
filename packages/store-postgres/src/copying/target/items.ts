import type { CopiedItem, CopyOutcome } from '@runtape/core/internal'
import { itemRow, readItemIdentity, sameJson, tombstoneOf, withLate } from '@runtape/core/store-helpers'
import { noteChanges } from '../../changes/note-change.ts'
import type { Queries } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { keyText } from '../../database/values.ts'
import { readTombstones } from '../../removal/tombstones.ts'
import type { WriteContext } from './write-context.ts'

/** The first item of an identity counts. A late part is added to it. */
export async function writeItems(
  { queries }: WriteContext,
  entries: readonly CopiedItem[],
): Promise<CopyOutcome> {
  const kept = await unerased(queries, entries)
  const rows = kept.map(rowOf)
  const copied = await insertItems(queries, rows)
  const firsts = copied === rows.length ? [] : await firstItems(queries, rows)
  const late = await addLate(queries, rows)
  if (copied + late > 0)
    await noteChanges(
      queries,
      'item',
      kept.map(({ testRunId }) => testRunId),
    )
  const conflicts = firsts.flatMap(({ place, item }) => {
    const one = kept[place - 1]
    return one && !sameJson(JSON.parse(item), one.item) ? [nameOf(one)] : []
  })
  return { copied, known: entries.length - copied - conflicts.length, conflicts }
}

const nameOf = ({ testRunId, item }: CopiedItem): string =>
  `the item of trace ${item.sourceTraceId} in test run ${testRunId}`

const tracesOf = ({ item: { sourceTraceId, traceId } }: CopiedItem): string[] =>
  [sourceTraceId, ...(traceId === null ? [] : [traceId])].map(id => tombstoneOf('trace', id))

/** The items of traces that were not removed. */
async function unerased(queries: Queries, entries: readonly CopiedItem[]): Promise<CopiedItem[]> {
  const erased = await readTombstones(queries, entries.flatMap(tracesOf), 'for copies')
  return entries.filter(entry => !tracesOf(entry).some(name => erased.has(name)))
}

type Row = ReturnType<typeof rowOf>

function rowOf({ testRunId, item, receivedAt, late, lateReceivedAt }: CopiedItem) {
  const { sourceTraceId, sourceSpanId, attempt } = readItemIdentity(item)
  return {
    testRun: keyText(testRunId),
    sourceTrace: keyText(sourceTraceId),
    sourceSpan: keyText(sourceSpanId),
    attempt,
    trace: item.traceId === null ? null : keyText(item.traceId),
    outcome: item.outcome,
    listed: JSON.stringify(itemRow(item)),
    item: JSON.stringify(item),
    receivedAt: Math.floor(receivedAt),
    lateOutcome: late?.outcome ?? null,
    lateListed: late ? JSON.stringify(itemRow(withLate(item, late))) : null,
    late: late ? JSON.stringify(late) : null,
    lateReceivedAt: late ? Math.floor(lateReceivedAt ?? receivedAt) : null,
  }
}

const columnOf = (rows: readonly Row[]) => (name: keyof Row) => rows.map(row => row[name])

function insertItems(queries: Queries, rows: readonly Row[]): Promise<number> {
  const of = columnOf(rows)
  return queries.run(
    sql`INSERT INTO @items (id, received_at, test_run_id, source_trace_id, source_span_id, attempt, trace_id, outcome,
        listed, item, late_xid, late_received_at, late_outcome, late_listed, late)
      SELECT nextval('@ids'), received_at, test_run_id, source_trace_id, source_span_id, attempt, trace_id, outcome,
        listed, item, CASE WHEN late IS NOT NULL THEN @current_xid() END, late_received_at, late_outcome, late_listed, late
      FROM (SELECT * FROM unnest(${of('receivedAt')}::bigint[], ${of('testRun')}::text[], ${of('sourceTrace')}::text[],
        ${of('sourceSpan')}::text[], ${of('attempt')}::bigint[], ${of('trace')}::text[], ${of('outcome')}::text[],
        ${of('listed')}::text[], ${of('item')}::text[], ${of('lateReceivedAt')}::bigint[], ${of('lateOutcome')}::text[],
        ${of('lateListed')}::text[], ${of('late')}::text[]) WITH ORDINALITY
        AS u(received_at, test_run_id, source_trace_id, source_span_id, attempt, trace_id, outcome, listed, item,
          late_received_at, late_outcome, late_listed, late, place) ORDER BY place) AS given
      ON CONFLICT (test_run_id, source_trace_id, source_span_id, attempt) DO NOTHING`,
  )
}

/** The items that other transactions added under the same identities. */
function firstItems(queries: Queries, rows: readonly Row[]): Promise<{ place: number; item: string }[]> {
  const of = columnOf(rows)
  return queries.rows(
    sql`SELECT u.place::int AS place, known.item FROM unnest(${of('testRun')}::text[], ${of('sourceTrace')}::text[],
        ${of('sourceSpan')}::text[], ${of('attempt')}::bigint[]) WITH ORDINALITY
        AS u(test_run_id, source_trace_id, source_span_id, attempt, place)
      JOIN @items AS known USING (test_run_id, source_trace_id, source_span_id, attempt)
      WHERE known.xid <> @current_xid()`,
  )
}

/** The late parts of items that were copied without them. */
async function addLate(queries: Queries, rows: readonly Row[]): Promise<number> {
  const late = rows.filter(row => row.late !== null)
  if (late.length === 0) return 0
  const of = columnOf(late)
  return queries.run(
    sql`UPDATE @items AS known SET late_xid = @current_xid(), late_received_at = u.late_received_at,
        late_outcome = u.late_outcome, late_listed = u.late_listed, late = u.late
      FROM unnest(${of('testRun')}::text[], ${of('sourceTrace')}::text[], ${of('sourceSpan')}::text[],
        ${of('attempt')}::bigint[], ${of('lateReceivedAt')}::bigint[], ${of('lateOutcome')}::text[],
        ${of('lateListed')}::text[], ${of('late')}::text[])
        AS u(test_run_id, source_trace_id, source_span_id, attempt, late_received_at, late_outcome, late_listed, late)
      WHERE (known.test_run_id, known.source_trace_id, known.source_span_id, known.attempt)
        = (u.test_run_id, u.source_trace_id, u.source_span_id, u.attempt) AND known.late IS NULL`,
  )
}
