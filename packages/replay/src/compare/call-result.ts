import type { Payload, SpanRecord } from '@runtape/core'
import { fingerprint } from '@runtape/trace'

/** How a call ended, as it was captured. */
export interface CallResult {
  readonly output?: Payload
  /** What it threw. */
  readonly error?: Payload
}

/** What a comparison found. `unknown`: what was read is equal, and not all could be read; `reason` says what not. */
export type Comparison =
  | { readonly result: 'same' | 'different' }
  | { readonly result: 'unknown'; readonly reason: string }

export function resultOf(span: SpanRecord | undefined): CallResult {
  return { ...(span?.output && { output: span.output }), ...(span?.error && { error: span.error.value }) }
}

/** Compares how two calls ended. */
export function compareResults(a: CallResult, b: CallResult): Comparison {
  const output = comparePayloads(a.output, b.output)
  const error = comparePayloads(a.error, b.error)
  if (output.result === 'different' || error.result === 'different') return different
  return output.result === 'unknown' ? output : error
}

const same: Comparison = { result: 'same' }
const different: Comparison = { result: 'different' }

function comparePayloads(a: Payload | undefined, b: Payload | undefined): Comparison {
  if (a === undefined || b === undefined) return a === b ? same : different
  if (a.truncated !== b.truncated) return different
  if (a.truncated !== undefined)
    return { result: 'unknown', reason: `both were too large to keep (${a.truncated} bytes)` }
  if (a.json === b.json && a.meta === undefined && b.meta === undefined) return same
  try {
    return fingerprint(a) === fingerprint(b) ? same : different
  } catch {
    return { result: 'unknown', reason: 'what is on the tape is damaged' }
  }
}
