import type { Payload, ResultKind, SpanRecord } from '@runtape/core'
import { effectsOf, resultKinds } from '@runtape/core/internal'
import { type Comparison, comparePayloads } from './compare-payloads.ts'
import { unreadPlaces } from './unread-places.ts'

/** How a call ended, as captured. */
export interface CallResult {
  readonly output?: Payload
  /** What it threw. */
  readonly error?: Payload
  /** It had not ended when its process did, and none of its output is on the tape. */
  readonly isUnfinished?: true
  /** The kind of its result; absent if its process or its reader did not wait for its end. */
  readonly resultKind?: ResultKind
  /** The returned promise was another thenable, such as a query builder. */
  readonly isThenable?: true
}

export function resultOf(span: SpanRecord | undefined): CallResult {
  return {
    ...(span?.output && { output: span.output }),
    ...(span?.error && { error: span.error.value }),
    ...(span?.status === 'unfinished' && !span.output && { isUnfinished: true }),
    ...(span && hasKind(span) && { resultKind: span.resultKind }),
    ...(span && isThenable(span) && { isThenable: true }),
  }
}

// An unfinished call may have been expected to return another kind.
const hasKind = ({ status, resultKind }: SpanRecord): boolean =>
  (status === 'ok' || status === 'error') && kinds.has(resultKind)

// A damaged record may contain anything.
const kinds: ReadonlySet<unknown> = new Set(resultKinds)

const notEnded = 'the recorded call had not ended when its process did'

/** Compares the results of two calls: `a` in the replay, `b` in the recording. */
export function compareResults(a: CallResult, b: CallResult): Comparison {
  if ((a.isUnfinished || b.isUnfinished) && !a.error && !b.error)
    return { result: 'unknown', reason: notEnded }
  const output = comparePayloads(a.output, b.output)
  const error = comparePayloads(a.error, b.error)
  const isDifferent = output.result === 'different' || error.result === 'different'
  if (a.resultKind && b.resultKind && kindInWords(a) !== kindInWords(b)) {
    const reason = `it returned ${kindInWords(a)}, and the recorded call ${kindInWords(b)}`
    return { result: 'different', reason, isAlike: !isDifferent }
  }
  if (isDifferent) return { result: 'different' }
  return output.result === 'unknown' ? output : error
}

/** Whether two ended calls returned the same kind of result: code that awaits neither can distinguish the kinds. */
export const isOneKind = (a: SpanRecord, b: SpanRecord): boolean =>
  !hasKind(a) ||
  !hasKind(b) ||
  (a.resultKind === b.resultKind && (wasAnswered(b) || isThenable(a) === isThenable(b)))

// A served answer is always a promise, whatever the code returned.
const wasAnswered = ({ replay }: SpanRecord): boolean => replay?.mocked === true

const isThenable = (span: SpanRecord): boolean =>
  span.resultKind === 'promise' && effectsOf(span)?.isThenable === true

/** `a promise of a web stream`. */
function kindInWords({ resultKind: kind = 'value', isThenable }: CallResult): string {
  if (isThenable) return 'a thenable'
  const named = (word: string) => `${word.startsWith('a') ? 'an' : 'a'} ${word.replace('-', ' ')}`
  return kind.split('-of-').map(named).join(' of ')
}

/** Paths in the results of two calls that cannot be compared, each with the reason. */
export const unreadOf = (a: CallResult, b: CallResult): string[] =>
  unreadPlaces(a.output, b.output, a.error, b.error)
