import { span, testTime } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { newTape, storeWith, type Tape, ticks } from '../../test/tape.ts'
import { sameOutput } from '../evaluators/evaluator.ts'
import type { ReplayOptions } from '../options.ts'
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
  test.each<[string, object, string]>([
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

  test.each([
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
  test('are the newest five by default', async () => {
    const { store, echo } = await echoes(8)
    const { items } = await replay(echo, { store })
    expect(items.map(({ input }) => input[0])).toEqual([7, 6, 5, 4, 3])
  })

  test('are the named ones, in that order', async () => {
    const { store, echo, traceIds } = await echoes(4)
    const [first = '', , third = ''] = traceIds
    const { items } = await replay(echo, { store, traceIds: [third, first] })
    expect(items.map(({ result }) => result)).toEqual([2, 0])
  })

  test('are listed on the test run, with the code change', async () => {
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
  test.each([
    [1, 1],
    [3, 3],
    [undefined, 10],
    [null, 25],
    [100, 25],
  ])('maxConcurrency %s runs %i of 25 concurrently', async (maxConcurrency, most) => {
    const { store, echo, running, traceIds } = await echoes(25, { wait: () => ticks(2) })
    await replay(echo, { store, traceIds, ...(maxConcurrency !== undefined && { maxConcurrency }) })
    expect(running.most).toBe(most)
  })

  test('items keep their order, whatever the order of their ends', async () => {
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

  test('two concurrent replays do not interfere', async () => {
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

describe('callbacks and loggers', () => {
  test.each([
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
  ])('an onProgress that %s is reported, and the replay continues', async (_what, onProgress) => {
    const { store, echo, logger, warnings } = await echoes(2)
    const { summary } = await replay(echo, { store, logger, onProgress })
    await ticks(1)
    expect(summary.completed).toBe(2)
    expect(warnings).toEqual(Array(2).fill('onProgress threw: no terminal. The replay continues.'))
  })

  test('onProgress receives the progress', async () => {
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

  test('evaluators score each item', async () => {
    const { store, echo } = await echoes(2)
    const { items } = await replay(echo, { store, evaluators: [sameOutput()] })
    expect(items.map(({ scores }) => scores)).toEqual(
      Array(2).fill({ 'same-output': { score: 0, pass: false } }),
    )
  })

  test('a logger that throws has no effect', async () => {
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
  test("at the start or end of the test run is the replay's error", async () => {
    const { store, echo } = await echoes(1)
    const broken = async () => Promise.reject(new Error('no connection'))
    await expect(replay(echo, { store: storeWith(store, { testRuns: { start: broken } }) })).rejects.toThrow(
      'no connection',
    )
    await expect(
      replay(echo, { store: storeWith(store, { testRuns: { complete: broken } }) }),
    ).rejects.toThrow('no connection')
  })

  test('to take some of the traces leaves those without an id, with warnings', async () => {
    const { store, echo, logger, warnings, traceIds } = await echoes(3)
    let writes = 0
    const flaky = storeWith(store, {
      append: records => (++writes === 2 ? Promise.reject(new Error('too busy')) : store.append(records)),
    })
    const { items } = await replay(echo, { store: flaky, logger, traceIds, maxConcurrency: 1 })
    expect(items.map(({ traceId }) => traceId === null)).toEqual([false, true, false])
    expect(items.map(({ result }) => result)).toEqual([0, 1, 2])
    expect(warnings).toEqual([
      expect.stringContaining('could not be written: too busy'),
      expect.stringContaining('lacks the traces of 1 of 3 completed items'),
    ])
  })

  test("to take any trace is the replay's error", async () => {
    const { store, echo, logger } = await echoes(2)
    const full = storeWith(store, { append: async () => Promise.reject(new Error('disk full')) })
    await expect(replay(echo, { store: full, logger })).rejects.toThrow(
      expect.objectContaining({ code: 'replay-not-persisted' }),
    )
  })
})
