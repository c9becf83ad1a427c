import type { Payload, SpanRecord } from '../records/records.ts'
import type { PayloadFacts, SpanSkeleton } from '../store/traces/trace-parts.ts'

/** A span without its payloads. */
export function skeletonOf(span: SpanRecord, nanoUsd: number | undefined): SpanSkeleton {
  const { kind: _kind, traceId: _traceId, metadata: _metadata, input, output, error, ...own } = span
  return {
    ...own,
    input: factsOf(input),
    ...(output && { output: factsOf(output) }),
    ...(error && {
      error: { name: error.name, message: shortMessage(error.message), value: factsOf(error.value) },
    }),
    ...(nanoUsd !== undefined && { nanoUsd }),
  }
}

function factsOf({ json, lossy = [], redacted = [], truncated }: Payload): PayloadFacts {
  return {
    bytes: Buffer.byteLength(json),
    ...(lossy.length > 0 && { isLossy: true }),
    ...(redacted.length > 0 && { isRedacted: true }),
    ...(truncated !== undefined && { truncated }),
  }
}

/** A message has at most this many characters in a skeleton. */
export const messageLength = 500

/** The start of a message. Needs at most its first `messageLength` + 1 characters. */
export const shortMessage = (message: string): string =>
  message.length <= messageLength
    ? message
    : `${message.slice(0, messageLength - 1).replace(/[\ud800-\udbff]$/, '')}…`
