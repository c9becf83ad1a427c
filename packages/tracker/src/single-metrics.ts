import type { FeedbackValue, OutcomeValue, TokenUsage } from '@runtape/core'
import { summarizeError, usageProblem } from '@runtape/core/internal'
import { translationOf } from './other-usages.ts'
import type { SingleMetric } from './slots.ts'
import { copyFeedback, copyUsage, feedbackProblem, timeProblem } from './values.ts'

/** How one of the metrics is recorded that a run has one of. */
export interface MetricRules<V> {
  /** What a warning calls it. */
  readonly subject: string
  /** What is wrong with a value; undefined for one that can be recorded. */
  problemOf(value: V): string | undefined
  /** A copy that the caller cannot change. */
  copy(value: V): V
  /** What to pass instead of a value with a problem; `''` if nothing is known. */
  advice?(value: unknown): string
}

/** The type of each metric's value. */
export interface SingleValues {
  readonly duration: number
  readonly 'time-to-first-token': number
  readonly tokens: TokenUsage
  readonly outcome: OutcomeValue
  readonly feedback: FeedbackValue
}

const noProblem = () => undefined
const same = <V>(value: V): V => value

/** The five metrics that a run has one of. */
export const singleMetrics: { readonly [M in SingleMetric]: MetricRules<SingleValues[M]> } = {
  duration: { subject: 'duration', problemOf: timeProblem, copy: same },
  'time-to-first-token': { subject: 'time-to-first-token', problemOf: timeProblem, copy: same },
  tokens: { subject: 'token usage', problemOf: usageProblem, copy: copyUsage, advice: translationOf },
  outcome: { subject: 'success/error', problemOf: noProblem, copy: same },
  feedback: { subject: 'feedback', problemOf: feedbackProblem, copy: copyFeedback },
}

/** The outcome of a run that failed: with the error's name, message and HTTP status, where there is one. */
export const failedWith = (error: unknown): OutcomeValue =>
  error === undefined ? { status: 'error' } : { status: 'error', error: summarizeError(error) }

/** The method that records each outcome. */
export const outcomeMethods = {
  success: 'trackSuccess',
  error: 'trackError',
  cancelled: 'trackCancelled',
} as const
