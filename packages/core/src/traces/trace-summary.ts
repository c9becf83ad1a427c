import type { SpanRecord } from '../records/records.ts'
import type { TraceSummary } from '../store/traces/traces.ts'

/** What a list shows of a trace, from its root. */
export const traceSummary = ({
  traceId,
  spanId,
  key,
  name,
  startedAt,
  durationMs,
  status,
}: SpanRecord): TraceSummary => ({ traceId, spanId, key, name, startedAt, durationMs, status })
