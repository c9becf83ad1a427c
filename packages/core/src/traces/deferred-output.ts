import type { Payload, SpanRecord } from '../records/records.ts'
import type { TraceOptions } from '../store/traces/traces.ts'

/** Whether the output of this span may be loaded later: never a root's, and only if the caller can wait for it. */
const isDeferrable = ({ parentSpanId, resultKind }: SpanRecord): boolean =>
  parentSpanId !== undefined && (resultKind.startsWith('promise') || resultKind === 'async-generator')

/** Placeholder for an output of this many bytes. */
export function deferredPayload(bytes: number, { lossy, redacted }: Partial<Payload>): Payload {
  return { json: 'null', ...(lossy && { lossy }), ...(redacted && { redacted }), deferred: bytes }
}

/** The span, without its output if that may be loaded later and is large enough. */
export function deferOutput(span: SpanRecord, { deferOutputsFrom }: TraceOptions = {}): SpanRecord {
  const { output } = span
  if (deferOutputsFrom === undefined || !output || !isDeferrable(span)) return span
  const bytes = Buffer.byteLength(output.json)
  return bytes < deferOutputsFrom ? span : { ...span, output: deferredPayload(bytes, output) }
}
