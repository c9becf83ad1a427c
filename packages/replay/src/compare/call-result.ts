import type { Payload, SpanRecord } from '@runtape/core'
import { type Comparison, comparePayloads } from './compare-payloads.ts'
import { unreadPlaces } from './unread-places.ts'

/** How a call ended, as it was captured. */
export interface CallResult {
  readonly output?: Payload
  /** What it threw. */
  readonly error?: Payload
  /** It had not ended when its process did, and nothing of its output is on the tape. */
  readonly isUnfinished?: true
}

export function resultOf(span: SpanRecord | undefined): CallResult {
  return {
    ...(span?.output && { output: span.output }),
    ...(span?.error && { error: span.error.value }),
    ...(span?.status === 'unfinished' && !span.output && { isUnfinished: true }),
  }
}

const notEnded = 'the recorded call had not ended when its process did'

/** Compares how two calls ended. */
export function compareResults(a: CallResult, b: CallResult): Comparison {
  if ((a.isUnfinished || b.isUnfinished) && !a.error && !b.error)
    return { result: 'unknown', reason: notEnded }
  const output = comparePayloads(a.output, b.output)
  const error = comparePayloads(a.error, b.error)
  if (output.result === 'different' || error.result === 'different') return { result: 'different' }
  return output.result === 'unknown' ? output : error
}

/** Places of what two calls gave that cannot be compared, each with the reason. */
export const unreadOf = (a: CallResult, b: CallResult): string[] =>
  unreadPlaces(a.output, b.output, a.error, b.error)
