import type { SpanRecord } from '@runtape/core'
import type { Trace, TraceOptions } from '@runtape/core/store'
import { compareSiblings, orderingSpans } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { sortInSlices } from '../reading/sort-in-slices.ts'
import {
  type SpanRow,
  selectSpansOfTraceSql,
  selectSpansWithoutOutputsSql,
  spanOfRow,
} from '../records/span-rows.ts'

interface WholeTraceRead extends Pick<TraceOptions, 'deferOutputsFrom'> {
  /** The last row that is included. */
  readonly spanId: number
}

/** A whole trace, for `traces.get`. */
export function* readTrace(
  database: Database,
  traceId: string,
  { deferOutputsFrom: from, spanId }: WholeTraceRead,
): Sliced<Trace | undefined> {
  const spans: SpanRecord[] = []
  for (let after = ''; ; yield) {
    const rows =
      from === undefined
        ? database.all<SpanRow>(selectSpansOfTraceSql, traceId, after, spanId)
        : database.all<SpanRow>(selectSpansWithoutOutputsSql, from, from, traceId, after, spanId)
    for (const row of rows) spans.push(spanOfRow(row))
    after = rows.at(-1)?.span_id ?? after
    if (rows.length === 0) break
  }
  const root = rootOf(spans)
  // The trace may have been removed meanwhile.
  if (root === undefined || !isThere(database, root)) return undefined
  return { traceId, root, spans: yield* orderingSpans(yield* sortInSlices(spans, compareSiblings)) }
}

function rootOf(spans: readonly SpanRecord[]): SpanRecord | undefined {
  const roots = spans.filter(span => span.parentSpanId === undefined)
  return roots.sort((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))[0]
}

const isThere = (database: Database, { traceId, spanId }: SpanRecord): boolean =>
  database.get('SELECT 1 FROM span_rows WHERE trace_id = ? AND span_id = ?', traceId, spanId) !== undefined
