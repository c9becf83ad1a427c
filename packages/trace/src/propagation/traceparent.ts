import { isSpanId, isTraceId } from './otel-context.ts'

/** A position in a trace, as passed between processes. */
export interface TracePlace {
  readonly traceId: string
  readonly spanId: string
  /** False if the trace is not recorded. */
  readonly isRecorded: boolean
}

/** The W3C `traceparent` header of version 00. */
export const formatTraceparent = ({ traceId, spanId, isRecorded }: TracePlace): string =>
  `00-${traceId}-${spanId}-${isRecorded ? '01' : '00'}`

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Parses a `traceparent` header; `undefined` if it is invalid. Later versions may have additional fields. */
export function parseTraceparent(header: string): TracePlace | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = pattern.exec(header.trim()) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (!isTraceId(traceId) || !isSpanId(spanId)) return undefined
  return { traceId, spanId, isRecorded: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** Runtape's member of `tracestate`: the recorded span, and the position reserved for the calls. */
export interface TapePlace {
  readonly spanId: string
  readonly seq: number
}

export const formatTracestate = ({ spanId, seq }: TapePlace): string => `runtape=${spanId}-${seq}`

/** Finds it, also behind members that other systems have prepended. */
export function parseTracestate(header: string): TapePlace | undefined {
  const [, spanId = '', seq] = /(?:^|,)\s*runtape=([0-9a-f]{16})-(\d{1,15})\s*(?:,|$)/.exec(header) ?? []
  return isSpanId(spanId) ? { spanId, seq: Number(seq) } : undefined
}
