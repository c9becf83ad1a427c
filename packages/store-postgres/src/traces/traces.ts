import type { SpanRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import {
  deferOutput,
  orderSpans,
  readAsOf,
  readTraceOptions,
  readTraceQuery,
} from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { isReceived, momentOf } from '../history/moment.ts'
import { readSpans } from '../records/read-spans.ts'
import { listTraces } from './list-traces.ts'
import { tracePartQueries } from './trace-parts.ts'

/** The `traces` part of the store. */
export function traceQueries(database: Database): Store['traces'] {
  return {
    get: async (traceId, options) => {
      const { asOf, ...rest } = readTraceOptions(options)
      const moment = await momentOf(database, asOf)
      const spans = await database.read(queries =>
        readSpans(queries, sql`trace_id = ${traceId} AND ${isReceived(moment, 'span')}`),
      )
      const root = firstRoot(spans)
      return root && { traceId, root, spans: orderSpans(spans).map(span => deferOutput(span, rest)) }
    },
    getSpan: async (traceId, spanId, options) => {
      const moment = await momentOf(database, readAsOf('traces.getSpan', options).asOf)
      const where = sql`trace_id = ${traceId} AND span_id = ${spanId} AND ${isReceived(moment, 'span')}`
      const [span] = await database.read(queries => readSpans(queries, where))
      return span
    },
    list: async query => listTraces(database, readTraceQuery(query)),
    ...tracePartQueries(database),
  }
}

/** The first root by time, if a trace has several. */
const firstRoot = (spans: readonly SpanRecord[]): SpanRecord | undefined =>
  spans
    .filter(span => span.parentSpanId === undefined)
    .sort((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))[0]
