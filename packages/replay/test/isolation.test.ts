import type { Store } from '@runtape/core/store'
import { createTracker, resumeTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { newTape, ticks } from './tape.ts'

describe('nothing leaks', () => {
  const tally = async (store: Store) => [
    await store.runs.usage(),
    (await store.runs.list()).items,
    (await store.traces.list()).items,
  ]

  test('into the tally, wherever a tracker was created and whatever its sink', async () => {
    const { store, recorder, tracer } = newTape()
    const elsewhere: unknown[] = []
    const other = {
      append: (event: unknown) => void elsewhere.push(event),
      flush: async () => {},
      close: async () => {},
    }
    const logger = { warn: () => {} }
    const outside = createTracker({ sink: recorder, configKey: 'outside' })
    const outsideElsewhere = createTracker({ sink: other, configKey: 'elsewhere' })
    const token = createTracker({ sink: recorder, configKey: 'resumed' }).resumptionToken
    const work = tracer.traced('work', async () => {
      const inside = createTracker({ sink: recorder, configKey: 'inside', logger })
      inside.trackSuccess()
      createTracker({ sink: other, configKey: 'elsewhere' }).trackSuccess()
      resumeTracker({ sink: recorder, token }).trackFeedback({ kind: 'positive' })
      outside.trackTokens({ input: 1, output: 1, total: 2 })
      outsideElsewhere.trackDuration(5)
      await inside.run(async () => ticks(1))
      return 'done'
    })
    await work()
    await recorder.flush()
    const [before, atElsewhere] = [await tally(store), elsewhere.length]

    const { items } = await replay(work, { store })
    await recorder.flush()
    expect(items[0]).toMatchObject({ result: 'done', error: null })
    expect(await tally(store)).toEqual(before)
    expect(elsewhere).toHaveLength(atElsewhere)

    // The replay takes no slot that a live event still needs.
    expect(resumeTracker({ sink: recorder, token }).trackFeedback({ kind: 'negative' })).toBe(true)
    outside.trackSuccess()
    await recorder.flush()
    const run = (await store.runs.list({ configKey: 'outside' })).items[0]
    expect(run?.metrics).toMatchObject({ outcome: { status: 'success' }, tokens: { total: 2 } })
  })

  test('into the trace or the run around the replay', async () => {
    const { store, recorder, tracer } = newTape()
    const inner = tracer.traced('inner', async () => 1)
    await inner()
    await recorder.flush()
    const tracker = createTracker({ sink: recorder, configKey: 'test-suite' })
    const outer = tracer.traced('outer', () => tracker.run(() => replay(inner, { store })))
    const { items } = await outer()
    await recorder.flush()
    const outerTrace = (await store.traces.list({ key: 'outer' })).items[0]?.traceId ?? ''
    expect((await store.traces.get(outerTrace))?.spans).toHaveLength(1)
    const made = await store.traces.get(items[0]?.traceId ?? '')
    expect(made?.root).not.toHaveProperty('runId')
    expect(made?.root).not.toHaveProperty('parentSpanId')
  })

  test('from a replay inside a replayed function', async () => {
    const { store, recorder, tracer } = newTape()
    const inner = tracer.traced('inner', async () => 1)
    await inner()
    await recorder.flush()
    const outer = tracer.traced(
      'outer',
      async () => (await replay(inner, { store, mock: 'all' })).summary.completed,
    )
    await outer()
    await recorder.flush()
    const { items, testRunId } = await replay(outer, { store, mock: 'all' })
    expect(items[0]).toMatchObject({ result: 1, error: null })
    const mine = (await store.traces.list({ testRunId })).items
    expect(mine.map(({ key }) => key)).toEqual(['outer'])
  })

  test('from concurrent live calls', async () => {
    const { store, recorder, tracer } = newTape()
    const fn = tracer.traced('fn', async (value: number) => {
      await ticks(3)
      return value
    })
    await fn(1)
    await recorder.flush()
    const [report] = await Promise.all([replay(fn, { store }), fn(2), fn(3)])
    await recorder.flush()
    expect(report.items).toHaveLength(1)
    expect((await store.traces.list({ key: 'fn' })).items).toHaveLength(3)
  })
})
