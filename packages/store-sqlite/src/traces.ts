import type { Store } from '@runtape/core/store'
import {
  readAsOf,
  readPayloadQuery,
  readSkeletonQuery,
  readTraceOptions,
  readTraceQuery,
  readTraceSearch,
} from '@runtape/core/store-helpers'
import type { Database } from './database/database.ts'
import { readInSlices, threadSlice } from './reading/in-slices.ts'
import type { Reads } from './reading/reads.ts'
import { type SpanRow, selectSpanAtSql, selectSpanSql, spanOfRow } from './records/span-rows.ts'
import { revisionThen } from './test-runs/known-then.ts'
import { readTrace } from './trace-parts/whole-trace.ts'

const allSpans = Number.MAX_SAFE_INTEGER

/** The `traces` part of the store. */
export function traceQueries(database: Database, reads: Reads): Store['traces'] {
  const getSpan = (traceId: string, spanId: string) => {
    const row = database.get<SpanRow>(selectSpanSql, traceId, spanId)
    return row && spanOfRow(row)
  }
  const getSpanAt = (traceId: string, spanId: string, last: number) => {
    const row = database.get<SpanRow>(selectSpanAtSql, traceId, spanId, last)
    return row && spanOfRow(row)
  }
  const spanIdAt = async (asOf: string | number | undefined) =>
    asOf === undefined ? allSpans : (await reads.asOf({ asOf, isWhole: true })).spanId
  return {
    get: async (traceId, options) => {
      const { asOf, ...rest } = readTraceOptions(options)
      const read = { ...rest, spanId: await spanIdAt(asOf) }
      return readInSlices(database, readTrace(database, traceId, read), threadSlice)
    },
    getSpan: async (traceId, spanId, options) => {
      const { asOf } = readAsOf('traces.getSpan', options)
      if (asOf === undefined) return getSpan(traceId, spanId)
      return getSpanAt(traceId, spanId, await spanIdAt(asOf))
    },
    getSpanSync: (traceId, spanId, options) => {
      const { asOf } = readAsOf('traces.getSpanSync', options)
      if (asOf === undefined) return getSpan(traceId, spanId)
      return getSpanAt(traceId, spanId, revisionThen(database, asOf).spanId)
    },
    list: async query => reads.traces(readTraceQuery(query)),
    skeleton: async (traceId, query) => reads.skeleton({ traceId, ...readSkeletonQuery(query) }),
    payload: async (traceId, spanId, query) => reads.payload({ traceId, spanId, ...readPayloadQuery(query) }),
    search: async (traceId, query) => reads.traceSearch({ traceId, ...readTraceSearch(query) }),
  }
}
