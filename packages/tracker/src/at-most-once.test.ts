import type { RunEvent, Sink } from '@runtape/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCall, type Call } from '../test/calls.ts'
import { seenSink, testClock } from '../test/support.ts'
import { createTracker, resumeTracker, type Tracker } from './index.ts'

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

const step = fc.record({
  tracker: fc.nat(9),
  what: fc.oneof(
    { weight: 11, arbitrary: anyCall },
    { weight: 2, arbitrary: fc.constant('resume' as const) },
  ),
})

test('random calls on many trackers and resumptions record what the model predicts, and a store keeps the first', () => {
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
