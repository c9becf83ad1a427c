import type { SpanRecord } from '@runtape/core'
import { type DroppedTag, droppedName, realCrypto, tagOf } from '@runtape/core/internal'
import { fingerprint } from '../capture/fingerprint.ts'

/** A new salt for the stubs of one trace: equal inputs of two traces then have different tags. */
export const newDropSalt = (): string => realCrypto().randomBytes(12).toString('base64url')

/**
 * What is left on the tape of a call that was dropped, so that a replay knows that it was made: its declaration, its
 * place and order, and a tag of its input. No value, no time of its own, and not how it ended.
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
    // Versions that know of no stubs then do not take it for an answer.
    status: 'unfinished',
    ...(mockOnReplay && { mockOnReplay }),
    ...(replay && { replay }),
    metadata: { [droppedName]: dropped },
  }
}
