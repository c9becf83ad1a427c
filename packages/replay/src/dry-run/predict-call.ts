import type { SpanRecord } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { viewOfSpan } from '../match/call-view.ts'
import { type MockPolicy, type MockStrategy, policyOf } from '../match/policy.ts'
import { whyNoAnswer } from '../match/recorded-answer.ts'
import type { ReplayOptions } from '../options.ts'

/** What a replay would do with a call that equals a recorded one. */
export interface Prediction {
  /** `served` and `overridden` run nothing; `run` runs the code; `missed` fails. */
  readonly what: 'served' | 'overridden' | 'run' | 'missed'
  /** The option that decides it: `mock marked: declared mockOnReplay`. */
  readonly rule: string
  /** Why the tape cannot answer a call that it should answer. */
  readonly reason?: string
}

type Rules = Pick<ReplayOptions, 'overrides' | 'onMiss'>

/** Predicts calls by the rules of a replay, without running functions of `overrides`. */
export function predictor(
  mock: MockStrategy | MockPolicy,
  { overrides = {}, onMiss = 'error' }: Rules,
): (span: SpanRecord) => Prediction {
  const policy = policyOf(mock)
  const unanswered = (rule: string, reason: string): Prediction =>
    onMiss === 'run' ? { what: 'run', rule: 'on-miss run', reason } : { what: 'missed', rule, reason }
  return span => {
    if (Object.hasOwn(overrides, span.key)) return overridden(overrides[span.key])
    try {
      const decided = policy(viewOfSpan(span, each => each))
      const rule = typeof mock === 'function' ? `mock function: ${decided}` : ruleOf(mock, span)
      if (decided === 'live') return { what: 'run', rule }
      if (decided === 'error') return { what: 'missed', rule, reason: "the replay's policy refuses it" }
      const problem = whyNoAnswer(span)
      return problem === undefined ? { what: 'served', rule } : unanswered(rule, problem)
    } catch (error) {
      return { what: 'missed', rule: 'mock function', reason: messageOf(error).replace(/\.$/, '') }
    }
  }
}

const overridden = (override: unknown): Prediction => ({
  what: 'overridden',
  rule: typeof override === 'function' ? 'an override function, unless it declines' : 'an override',
})

function ruleOf(mock: MockStrategy, { mockOnReplay, type }: SpanRecord): string {
  if (mock === 'marked') return `mock marked: ${mockOnReplay ? '' : 'not '}declared mockOnReplay`
  if (mock === 'model') return `mock model: ${type === 'model' ? 'a' : 'not a'} model call`
  return `mock ${mock}`
}
