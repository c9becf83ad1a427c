import { currentFrame, newSpanId, type RunEvent, type Sink } from '@runtape/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seenSink, testClock } from '../test/support.ts'
import { createTracker, resumeTracker, type Tracker } from './index.ts'

/** One call of a tracker: the metrics that it would record, each with its value. */
interface Call {
  readonly would: readonly (readonly [metric: string, value: unknown])[]
  run(tracker: Tracker): unknown
}

/** What should be: a store that keeps what comes first, and trackers that each know what they recorded. */
class Model {
  readonly store = new Map<string, unknown>()
  readonly #known: Set<string>[] = []

  call(tracker: number, runId: string, { would }: Call): string[] {
    this.#known[tracker] ??= new Set()
    const recorded = would.filter(([metric]) => !this.#known[tracker]?.has(metric))
    for (const [metric, value] of recorded) {
      this.#known[tracker].add(metric)
      const key = `${runId} ${metric}`
      if (!this.store.has(key)) this.store.set(key, value)
    }
    return recorded.map(([metric]) => metric)
  }
}

const one = (metric: string, value: unknown, run: Call['run']): Call => ({ would: [[metric, value]], run })

const number = fc.nat(1000)
const name = fc.constantFrom('a', 'b', '__proto__', 'a:b')
const usage = fc.record({ input: number, output: number, total: fc.integer({ min: 1, max: 9 }) })
const single = fc.oneof(
  number.map(ms => one('duration', ms, tracker => tracker.trackDuration(ms))),
  number.map(ms => one('time-to-first-token', ms, tracker => tracker.trackTimeToFirstToken(ms))),
  usage.map(tokens => one('tokens', tokens, tracker => tracker.trackTokens(tokens))),
  fc.constant(one('outcome', { status: 'success' }, tracker => tracker.trackSuccess())),
  fc.constant(one('outcome', { status: 'error' }, tracker => tracker.trackError())),
  fc
    .constantFrom('positive' as const, 'negative' as const)
    .map(kind => one('feedback', { kind }, tracker => tracker.trackFeedback({ kind }))),
)
const named = fc.oneof(
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
const loop = fc.array(usage, { minLength: 1, maxLength: 3 }).map((usages): Call => {
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

const step = fc.record({
  tracker: fc.nat(9),
  what: fc.oneof(
    { weight: 6, arbitrary: single },
    { weight: 3, arbitrary: named },
    { weight: 1, arbitrary: refused },
    { weight: 1, arbitrary: loop },
    { weight: 2, arbitrary: fc.constant('resume' as const) },
  ),
})

test('random calls on many trackers and resumptions record what the model says, and a store keeps the first', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), steps => {
      const model = new Model()
      const store = new Map<string, unknown>()
      let given: string[] = []
      const append: Sink['append'] = record => {
        const { runId, metric, value } = record as RunEvent
        given.push(metric)
        if (!store.has(`${runId} ${metric}`)) store.set(`${runId} ${metric}`, value)
      }
      const init = { sink: { ...seenSink(), append }, clock: testClock(), logger: { warn: () => {} } }
      const trackers = ['a', 'b', 'b'].map(configKey => createTracker({ ...init, configKey }))
      for (const { tracker: pick, what } of steps) {
        const index = pick % trackers.length
        const tracker = trackers[index] as Tracker
        if (what === 'resume') {
          trackers.push(resumeTracker({ ...init, token: tracker.resumptionToken }))
          continue
        }
        given = []
        const returned = what.run(tracker)
        const expected = model.call(index, tracker.runId, what)
        expect(given).toEqual(expected)
        if (typeof returned === 'boolean') expect(returned).toBe(expected.length > 0)
      }
      expect(store).toEqual(model.store)
    }),
    { numRuns: 300 },
  )
})
