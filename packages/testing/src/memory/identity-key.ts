import type { TapeRecord } from '@runtape/core'
import { identityOf } from '@runtape/core/internal'

/** The identity of a record as the key of a map. */
export function identityKey(record: TapeRecord): string {
  const identity = identityOf(record)
  if (identity.kind === 'span') return JSON.stringify(['span', identity.traceId, identity.spanId])
  return JSON.stringify(['run-event', identity.runId, identity.metric, identity.replayTraceId ?? null])
}
