import type { Payload, SpanRecord } from '@runtape/core'
import { fingerprint } from '@runtape/trace'

/** How a call ended, as it was captured. */
export interface CallResult {
  readonly output?: Payload
  /** What it threw. */
  readonly error?: Payload
}

export function resultOf(span: SpanRecord | undefined): CallResult {
  return { ...(span?.output && { output: span.output }), ...(span?.error && { error: span.error.value }) }
}

/** Whether both are the same as far as is known; `unknown` where something was too large to keep, or cannot be read. */
export function compareResults(a: CallResult, b: CallResult): 'same' | 'different' | 'unknown' {
  const parts = [comparePayloads(a.output, b.output), comparePayloads(a.error, b.error)]
  if (parts.includes('different')) return 'different'
  return parts.includes('unknown') ? 'unknown' : 'same'
}

function comparePayloads(a: Payload | undefined, b: Payload | undefined): 'same' | 'different' | 'unknown' {
  if (a === undefined || b === undefined) return a === b ? 'same' : 'different'
  if (a.truncated !== b.truncated) return 'different'
  if (a.truncated !== undefined) return 'unknown'
  if (a.json === b.json && a.meta === undefined && b.meta === undefined) return 'same'
  try {
    return fingerprint(a) === fingerprint(b) ? 'same' : 'different'
  } catch {
    return 'unknown'
  }
}
