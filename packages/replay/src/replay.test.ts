import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@runtape/core'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { span, testTime } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import { createTracker, resumeTracker } from '@runtape/tracker'
import { describe, expect, it } from 'vitest'
import { newTape, storeWith, type Tape, ticks } from '../test/tape.ts'
import { sameOutput } from './evaluators.ts'
import type { ReplayOptions } from './options.ts'
import { replay } from './replay.ts'

/** A store with `count` traces of `echo`; the newest has the highest number. */
async function echoes(count: number, more: Partial<Parameters<typeof echoing>[0]> = {}) {
  const tape = newTape()
  const roots = Array.from({ length: count }, (_, index) =>
    span({ key: 'echo', startedAt: testTime + index, input: { json: `[${index}]` } }),
  )
  await tape.store.append(roots)
  return { ...tape, ...echoing({ tape, ...more }), traceIds: roots.map(({ traceId }) => traceId) }
}

function echoing({ tape, wait = async () => {} }: { tape: Tape; wait?: (value: number) => Promise<void> }) {
  const running = { now: 0, most: 0 }
  const echo = tape.tracer.traced('echo', async (value: number) => {
    running.now++
    running.most = Math.max(running.most, running.now)
    await wait(value)
    running.now--
    return value
  })
  return { echo, running }
}

describe('bad input', () => {
  it.each<[string, object, string]>([
    ['an unknown mock strategy', { mock: 'some' }, 'invalid-option'],
    ['an empty list of traces', { traceIds: [] }, 'invalid-option'],
    ['101 traces', { traceIds: Array(101).fill('f'.repeat(32)) }, 'invalid-option'],
    ['limit and traceIds', { limit: 1, traceIds: ['f'.repeat(32)] }, 'invalid-option'],
    ['a time that is none', { where: { since: 'yesterday' } }, 'invalid-option'],
    ['a search that finds nothing', { where: { tag: 'none such' } }, 'no-traces'],
  ])('%s is refused before anything starts', async (_what, options, code) => {
    const { store, echo, running } = await echoes(2)
    await expect(replay(echo, { store, ...options } as ReplayOptions)).rejects.toThrow(
      expect.objectContaining({ code }),
    )
    expect((await store.testRuns.list()).items).toEqual([])
    expect(running.most).toBe(0)
  })

  it.each([
    ['a function', async function answer() {}, /'answer' is not a traced function/],
    ['an arrow', async () => {}, /This value is not a traced function/],
    ['something else', { answer: 1 } as never, /This value is not a traced function/],
  ])('%s that is not traced is refused', async (_what, fn, message) => {
    const { store } = await echoes(1)
    await expect(replay(fn, { store })).rejects.toThrow(
      expect.objectContaining({ code: 'not-traced', message: expect.stringMatching(message) }),
    )
  })
})

describe('the traces', () => {
  it('are the newest five when nothing is said', async () => {
    const { store, echo } = await echoes(8)
    const { items } = await replay(echo, { store })
    expect(items.map(({ input }) => input[0])).toEqual([7, 6, 5, 4, 3])
  })

  it('are those that are named, in that order', async () => {
    const { store, echo, traceIds } = await echoes(4)
    const [first = '', , third = ''] = traceIds
    const { items } = await replay(echo, { store, traceIds: [third, first] })
    expect(items.map(({ result }) => result)).toEqual([2, 0])
  })

  it('are named on the test run, with the code change', async () => {
    const { store, echo, traceIds } = await echoes(2)
    const change = {
      codeChangeDescription: 'a shorter prompt',
      codeChangeFiles: [{ path: 'prompt.ts', before: 'long', after: 'short' }],
      experimentGroupId: 'group-1',
    }
    const { testRunId, testRunUrl } = await replay(echo, { store, traceIds, ...change })
    expect(await store.testRuns.get(testRunId)).toMatchObject({
      key: 'echo',
      sourceTraceIds: traceIds,
      status: 'completed',
      ...change,
    })
    expect(testRunUrl).toBeNull()
  })
})

describe('concurrency', () => {
  it.each([
    [1, 1],
    [3, 3],
    [undefined, 10],
    [null, 25],
    [100, 25],
  ])('maxConcurrency %s runs %i of 25 at once', async (maxConcurrency, most) => {
    const { store, echo, running, traceIds } = await echoes(25, { wait: () => ticks(2) })
    await replay(echo, { store, traceIds, ...(maxConcurrency !== undefined && { maxConcurrency }) })
    expect(running.most).toBe(most)
  })

  it('items keep their order although they end in another', async () => {
    const { store, echo, traceIds } = await echoes(6, { wait: value => ticks(20 - 3 * value) })
    const ended: unknown[] = []
    const { items } = await replay(echo, {
      store,
      traceIds,
      onProgress: ({ item }) => ended.push(item.result),
    })
    expect(items.map(({ result }) => result)).toEqual([0, 1, 2, 3, 4, 5])
    expect(ended).toEqual([5, 4, 3, 2, 1, 0])
  })

  it('two replays at once keep apart', async () => {
    const { store, echo, traceIds } = await echoes(5, { wait: () => ticks(2) })
    const reports = await Promise.all([replay(echo, { store, traceIds }), replay(echo, { store, traceIds })])
    const made = reports.flatMap(({ items }) => items.map(({ traceId }) => traceId))
    expect(new Set(made).size).toBe(10)
    for (const { items, testRunId } of reports) {
      expect(items.map(({ result }) => result)).toEqual([0, 1, 2, 3, 4])
      for (const { traceId } of items) {
        expect((await store.traces.get(traceId ?? ''))?.root.replay?.testRunId).toBe(testRunId)
      }
    }
  })
})

describe('what the caller hands in', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no terminal')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('no terminal')
      },
    ],
  ])('an onProgress that %s is reported, and the replay goes on', async (_what, onProgress) => {
    const { store, echo, logger, warnings } = await echoes(2)
    const { summary } = await replay(echo, { store, logger, onProgress })
    await ticks(1)
    expect(summary.completed).toBe(2)
    expect(warnings).toEqual(Array(2).fill('onProgress threw: no terminal. The replay goes on.'))
  })

  it('an onProgress is told how far it is', async () => {
    const { store, echo } = await echoes(3)
    const told: number[][] = []
    await replay(echo, {
      store,
      maxConcurrency: 1,
      onProgress: ({ done, total }) => told.push([done, total]),
    })
    expect(told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ])
  })

  it('evaluators score each item', async () => {
    const { store, echo } = await echoes(2)
    const { items } = await replay(echo, { store, evaluators: [sameOutput()] })
    expect(items.map(({ scores }) => scores)).toEqual(
      Array(2).fill({ 'same-output': { score: 0, pass: false } }),
    )
  })

  it('a logger that throws changes nothing', async () => {
    const { store, echo } = await echoes(1)
    const logger = {
      warn: () => {
        throw new Error('no log')
      },
    }
    const failing = storeWith(store, { testRuns: { complete: async () => ({}) } })
    expect((await replay(echo, { store: failing, logger })).items[0]).toMatchObject({
      result: 0,
      traceId: null,
    })
  })
})

describe('a store that fails', () => {
  it('when the test run starts or ends is the error of the replay', async () => {
    const { store, echo } = await echoes(1)
    const broken = async () => Promise.reject(new Error('no connection'))
    await expect(replay(echo, { store: storeWith(store, { testRuns: { start: broken } }) })).rejects.toThrow(
      'no connection',
    )
    await expect(
      replay(echo, { store: storeWith(store, { testRuns: { complete: broken } }) }),
    ).rejects.toThrow('no connection')
  })

  it('when it takes some of the traces leaves those without an id, with warnings', async () => {
    const { store, echo, logger, warnings, traceIds } = await echoes(3)
    let writes = 0
    const flaky = storeWith(store, {
      append: records => (++writes === 2 ? Promise.reject(new Error('too busy')) : store.append(records)),
    })
    const { items } = await replay(echo, { store: flaky, logger, traceIds, maxConcurrency: 1 })
    expect(items.map(({ traceId }) => traceId === null)).toEqual([false, true, false])
    expect(items.map(({ result }) => result)).toEqual([0, 1, 2])
    expect(warnings).toEqual([
      expect.stringContaining('could not be kept: too busy'),
      expect.stringContaining('no trace of 1 of 3 completed items'),
    ])
  })

  it('when it takes none of them is the error of the replay', async () => {
    const { store, echo, logger } = await echoes(2)
    const full = storeWith(store, { append: async () => Promise.reject(new Error('disk full')) })
    await expect(replay(echo, { store: full, logger })).rejects.toThrow(
      expect.objectContaining({ code: 'replay-not-persisted' }),
    )
  })
})

describe('nothing leaks', () => {
  const tally = async (store: Store) => [
    await store.runs.usage(),
    (await store.runs.list()).items,
    (await store.traces.list()).items,
  ]

  it('into the tally, wherever a tracker was made and whatever its sink', async () => {
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

    // Nor is a slot taken that a live event still needs.
    expect(resumeTracker({ sink: recorder, token }).trackFeedback({ kind: 'negative' })).toBe(true)
    outside.trackSuccess()
    await recorder.flush()
    const run = (await store.runs.list({ configKey: 'outside' })).items[0]
    expect(run?.metrics).toMatchObject({ outcome: { status: 'success' }, tokens: { total: 2 } })
  })

  it('into the trace or the run around the replay', async () => {
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

  it('from a replay inside a replayed function', async () => {
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

  it('from live calls that run beside it', async () => {
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

describe('large traces', () => {
  it('of 10,000 levels are replayed', async () => {
    const { store, recorder, tracer } = newTape()
    const descend = tracer.traced('descend', async (left: number): Promise<number> => {
      await null
      return left === 0 ? 0 : 1 + (await descend(left - 1))
    })
    await descend(10_000)
    await recorder.flush()
    const ran = await replay(descend, { store, mock: 'marked' })
    expect(ran.items[0]).toMatchObject({ result: 10_000, error: null })
    const served = await replay(descend, { store, mock: 'all' })
    expect(served.items[0]).toMatchObject({
      result: 10_000,
      mocks: { served: [{ key: 'descend' }], unused: [] },
    })
  })

  it('of 20,000 calls under one parent are replayed in proportion', async () => {
    const { store, recorder, tracer } = newTape()
    const leaf = tracer.traced('leaf', async (index: number) => ({ index }))
    const fan = tracer.traced('fan', async (count: number) => {
      const all = await Promise.all(Array.from({ length: count }, (_, index) => leaf(index)))
      return all.every(({ index }, place) => index === place)
    })
    await fan(20_000)
    await recorder.flush()
    const { items } = await replay(fan, { store, mock: 'all' })
    expect(items[0]).toMatchObject({ result: true, error: null })
    expect(items[0]?.mocks.served).toHaveLength(20_000)
  })
})

describe('from start to end on a database file', () => {
  it('the runs with a thumbs-down go through changed code, and nothing is billed or sent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runtape-replay-'))
    const store = sqliteStore(join(folder, 'runtape.db'))
    try {
      const recorder = createRecorder({ store })
      const { traced } = createTracer({ sink: recorder })
      const sent: string[] = []
      let tone = 'Dear'
      const lookUp = traced('orders.lookup', async (id: number) => ({
        id,
        at: new Date(id),
        items: new Set(['mug']),
      }))
      const send = traced('mail.send', { mockOnReplay: true }, async (to: string) => sent.push(to))
      const answer = traced('support.answer', async (id: number) => {
        const tracker = createTracker({ sink: recorder, configKey: 'support' })
        const order = await lookUp(id)
        const text = `${tone} customer, order ${order.id} of ${order.at.getTime()} has ${[...order.items]}.`
        const count = await send(`customer-${id}`)
        tracker.trackTokens({ input: 10, output: 5, total: 15 })
        return { text, count, token: tracker.resumptionToken }
      })
      const replies = []
      for (let id = 1; id <= 4; id++) {
        replies.push(await answer(id))
        // The next millisecond: the newest comes first.
        await new Promise(resolve => setTimeout(resolve, 2))
      }
      for (const [index, { token }] of replies.entries()) {
        resumeTracker({ sink: recorder, token }).trackFeedback({ kind: index % 2 ? 'negative' : 'positive' })
      }
      await recorder.flush()
      const before = await store.runs.usage()

      tone = 'Hi'
      const { items, summary, testRunId } = await replay(answer, {
        store,
        where: { feedback: 'negative' },
        mock: 'marked',
      })
      expect(items.map(({ input, result }) => [input[0], result?.text, result?.count])).toEqual([
        [4, 'Hi customer, order 4 of 4 has mug.', 4],
        [2, 'Hi customer, order 2 of 2 has mug.', 2],
      ])
      expect(items.map(({ originalOutput }) => originalOutput?.text.slice(0, 4))).toEqual(['Dear', 'Dear'])
      expect(summary).toMatchObject({
        total: 2,
        completed: 2,
        changed: 2,
        served: 2,
        drifted: 0,
        missed: 0,
        unused: 0,
      })
      expect(sent).toHaveLength(4)
      expect(await store.runs.usage()).toEqual(before)
      expect((await store.traces.list({ testRunId })).items).toHaveLength(2)
      await recorder.close()
    } finally {
      await store.close()
      rmSync(folder, { recursive: true })
    }
  })
})
