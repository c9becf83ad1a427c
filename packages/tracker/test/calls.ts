import { currentFrame, newSpanId } from '@runtape/core/internal'
import fc from 'fast-check'
import type { Tracker } from '../src/index.ts'

/** What calls are made on: a tracker of this package, as source or as built. */
export type Tracked = Pick<Tracker, keyof Tracker>

/** One call of a tracker: the metrics that it would record, each with its value. */
export interface Call {
  readonly would: readonly (readonly [metric: string, value: unknown])[]
  run(tracker: Tracked): unknown
}

const one = (metric: string, value: unknown, run: Call['run']): Call => ({ would: [[metric, value]], run })

const number = fc.nat(1000)
const name = fc.constantFrom('a', 'b', '__proto__', 'a:b')
const usage = fc.record({ input: number, output: number, total: fc.integer({ min: 1, max: 9 }) })
const single: fc.Arbitrary<Call> = fc.oneof(
  number.map(ms => one('duration', ms, tracker => tracker.trackDuration(ms))),
  number.map(ms => one('time-to-first-token', ms, tracker => tracker.trackTimeToFirstToken(ms))),
  usage.map(tokens => one('tokens', tokens, tracker => tracker.trackTokens(tokens))),
  fc.constant(one('outcome', { status: 'success' }, tracker => tracker.trackSuccess())),
  fc.constant(one('outcome', { status: 'error' }, tracker => tracker.trackError())),
  fc
    .constantFrom('positive' as const, 'negative' as const)
    .map(kind => one('feedback', { kind }, tracker => tracker.trackFeedback({ kind }))),
)
const named: fc.Arbitrary<Call> = fc.oneof(
  fc
    .tuple(name, number)
    .map(([id, score]) => one(`score:${id}`, { score }, tracker => tracker.trackScore(id, { score }))),
  fc
    .tuple(name, name)
    .map(([id, tool]) =>
      one(`tool-call:${id}`, { name: tool }, tracker => tracker.trackToolCall({ id, name: tool })),
    ),
)
const refused: fc.Arbitrary<Call> = fc.constantFrom(
  { would: [], run: tracker => tracker.trackDuration(Number.NaN) },
  { would: [], run: tracker => tracker.trackTokens({ input: 0, output: 0, total: 0 }) },
  { would: [], run: tracker => tracker.trackFeedback({ kind: 'meh' as 'positive' }) },
)
const loop: fc.Arbitrary<Call> = fc.array(usage, { minLength: 1, maxLength: 3 }).map((usages): Call => {
  const calls = usages.map(tokens => ({ spanId: newSpanId(), value: finished(tokens) }))
  const sum = (field: 'input' | 'output' | 'total') =>
    usages.reduce((total, tokens) => total + tokens[field], 0)
  return {
    would: [
      ...calls.map(({ spanId, value }) => [`call:${spanId}`, value] as const),
      ['duration', 0],
      ['tokens', { input: sum('input'), output: sum('output'), total: sum('total') }],
      ['outcome', { status: 'success' }],
    ],
    run: tracker =>
      tracker.run(() => {
        for (const { spanId, value } of calls) currentFrame()?.run?.startCall(spanId).end(value)
      }),
  }
})
const finished = (tokens: { input: number; output: number; total: number }) =>
  ({ status: 'success', durationMs: 0, usage: tokens }) as const

/** A random call: one metric, one of many, one that is refused, or a whole loop of provider calls. */
export const anyCall: fc.Arbitrary<Call> = fc.oneof(
  { weight: 6, arbitrary: single },
  { weight: 3, arbitrary: named },
  { weight: 1, arbitrary: refused },
  { weight: 1, arbitrary: loop },
)
