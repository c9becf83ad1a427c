import type { SpanRecord } from '@runtape/core'
import { type DroppedTag, droppedName, realCrypto, tagOf } from '@runtape/core/internal'
import { fingerprint } from '../capture/fingerprint.ts'

/** A new salt for the stubs of one trace: equal inputs of two traces then have different tags. */
export const newDropSalt = (): string => realCrypto().randomBytes(12).toString('base64url')

/**
 * The stub of a dropped call, which tells a replay that the call was made: its declaration, position and order, and a tag of its
 * input. No values, no times, and no result.
 */
export function stubOf(record: SpanRecord, salt: string, startedAt: number): SpanRecord {
  const { traceId, spanId, parentSpanId, seq, key, name, type, startOrder, endOrder, mockOnReplay, replay } =
    record
  const dropped: DroppedTag = { salt, tag: tagOf(salt, fingerprint(record.input)) }
  return {
    kind: 'span',
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    seq,
    key,
    name,
    type,
    startedAt,
    durationMs: 0,
    ...(startOrder !== undefined && { startOrder }),
    ...(endOrder !== undefined && { endOrder }),
    input: { json: 'null', redacted: ['$'] },
    resultKind: 'value',
    // So that versions without stubs do not treat it as an answer.
    status: 'unfinished',
    ...(mockOnReplay && { mockOnReplay }),
    ...(replay && { replay }),
    metadata: { [droppedName]: dropped },
  }
}
