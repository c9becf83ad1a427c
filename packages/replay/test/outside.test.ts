import { RuntapeError } from '@runtape/core'
import { defineSpan, startSpan } from '@runtape/trace/provider'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { evaluator, type ReplayOptions, replay } from '../src/index.ts'
import { newTape, ticks } from './tape.ts'

/** An agent whose work runs in a queue outside of it, with the results of that queue. */
async function agent() {
  const { store, recorder, tracer, logger, warnings } = newTape()
  const charged: number[] = []
  const charge = tracer.traced('charge', { mockOnReplay: true }, async (cents: number) => {
    charged.push(cents)
    return cents
  })
  const note = tracer.traced('note', (cents: number) => cents)
  const tracker = () => createTracker({ sink: recorder, configKey: 'job', logger })
  const results: unknown[] = []
  const jobs: (() => unknown)[] = []
  let isOver = false
  const loop = (async () => {
    while (!isOver) {
      for (const job of jobs.splice(0)) {
        try {
          results.push(await job())
        } catch (error) {
          results.push(error)
        }
      }
      await ticks(1)
    }
  })()
  const answer = tracer.traced('answer', async (cents: number) => {
    const before = results.length
    jobs.push(() => {
      const tracked = tracker().trackDuration(1)
      note(cents)
      return charge(cents).then(value => ({ value, tracked }))
    })
    while (results.length === before) await ticks(1)
    return cents
  })
  await answer(7)
  await recorder.flush()
  const live = async () => {
    await recorder.flush()
    const traces = await store.traces.list({ limit: 100 })
    const runs = await store.runs.list({ limit: 100 })
    return [...traces.items.map(({ key }) => key), ...runs.items.map(() => 'run')].sort()
  }
  charged.length = 0
  results.length = 0
  const over = async () => {
    isOver = true
    await loop
  }
  const run = (options: Partial<ReplayOptions>) => replay(answer, { store, logger, ...(options as object) })
  return { store, charge, answer, charged, results, warnings, live, run, over, jobs, tracer }
}

describe('a call made outside the replayed traces', () => {
  test('runs in a shared process, is recorded as usual, counted, and warned about once', async () => {
    const { run, charged, warnings, live, over } = await agent()
    const before = await live()
    const report = await run({ mock: 'marked', attempts: 2 })
    expect(charged).toEqual([7, 7])
    expect(report.outside).toEqual([{ key: 'charge', name: 'charge', count: 2, refused: false }])
    expect(report.summary.pass).toBe(true)
    expect(warnings).toEqual([expect.stringContaining("ran for real: 'charge' (2)")])
    expect(await live()).toHaveLength(before.length + 2 * 3)
    await over()
  })

  test('is refused if the replay owns the process, and leaves no live record', async () => {
    const { run, charged, results, live, over } = await agent()
    const before = await live()
    const report = await run({ mock: 'marked', outside: 'refuse' })
    expect(charged).toEqual([])
    expect(results).toEqual([expect.objectContaining({ code: 'replay-outside' })])
    expect(RuntapeError.isInstance(results[0]) && results[0].message).toContain(
      "This call of 'charge' was not run",
    )
    expect(report.outside).toEqual([{ key: 'charge', name: 'charge', count: 1, refused: true }])
    expect(report.summary).toMatchObject({ same: 1, pass: false })
    expect(await live()).toEqual(before)
    await over()
  })

  test('runs if allowed, and leaves no live record', async () => {
    const { run, charged, results, live, over } = await agent()
    const before = await live()
    const report = await run({ mock: 'marked', outside: 'allow' })
    expect(charged).toEqual([7])
    expect(results).toEqual([{ value: 7, tracked: false }])
    expect(report.outside).toMatchObject([{ count: 1, refused: false }])
    expect(report.summary.pass).toBe(true)
    expect(await live()).toEqual(before)
    await over()
  })

  test('is normal after the replay', async () => {
    const { run, charge, charged, live, over } = await agent()
    await run({ mock: 'marked', outside: 'refuse' })
    const before = await live()
    await charge(9)
    expect(charged).toEqual([9])
    expect(await live()).toEqual([...before, 'charge'].sort())
    await over()
  })

  test('is allowed if it belongs to something else', async () => {
    const { run, charged, live, over } = await agent()
    const before = await live()
    const report = await run({ mock: 'marked', outside: { mode: 'refuse', concerns: () => false } })
    expect(charged).toEqual([7])
    expect(report.outside).toEqual([])
    expect(report.summary.pass).toBe(true)
    expect(await live()).toHaveLength(before.length + 3)
    await over()
  })

  test('is refused if one of two concurrent replays says so', async () => {
    const { run, charged, over } = await agent()
    const [refusing] = await Promise.all([
      run({ mock: 'marked', outside: 'refuse' }),
      run({ mock: 'marked' }),
    ])
    expect(charged).toEqual([])
    expect(refusing.summary.pass).toBe(false)
    await over()
  })

  test('is refused for an instrumented client, whatever the tracing configuration', async () => {
    const { run, jobs, over } = await agent()
    let decision: unknown
    const model = defineSpan('model', { type: 'model' })
    const ask = () => {
      decision = startSpan(model, () => ({ json: '[]' }))?.decision
    }
    jobs.push(ask)
    const report = await run({ mock: 'marked', outside: 'refuse' })
    expect(decision).toMatchObject({ action: 'fail', error: { code: 'replay-outside' } })
    expect(report.outside).toContainEqual({ key: 'model', name: 'model', count: 1, refused: true })
    await over()
  })

  test("fails in the function's way: a synchronous one throws", async () => {
    const { run, jobs, results, tracer, over } = await agent()
    const sync = tracer.traced('sync', { mockOnReplay: true }, () => 1)
    const async_ = tracer.traced('async', { mockOnReplay: true }, async () => 1)
    jobs.push(() => {
      try {
        return sync()
      } catch (error) {
        return ['thrown', async_().catch(() => {}) instanceof Promise, (error as Error).message.slice(0, 20)]
      }
    })
    await run({ mock: 'marked', outside: 'refuse' })
    expect(results[0]).toEqual(['thrown', true, "This call of 'sync' "])
    await over()
  })
})

test('evaluators, adaptInputs and onItem may make calls that are refused outside', async () => {
  const { run, charge, charged, live, over } = await agent()
  const before = await live()
  const report = await run({
    mock: 'marked',
    outside: 'refuse',
    evaluators: [evaluator('asks', async () => (await charge(1)) === 1)],
    adaptInputs: async input => {
      await charge(2)
      return input
    },
    onItem: () => charge(3),
  })
  expect(report.items[0]).toMatchObject({ scores: { asks: { score: 1 } } })
  expect(charged).toEqual([2, 1, 3])
  expect(report.outside).toMatchObject([{ count: 1 }])
  expect(await live()).toEqual(before)
  await over()
})

describe('calls declared mockOnReplay in a replay without a mock option', () => {
  const inside = async (options: Partial<ReplayOptions>) => {
    const { store, recorder, tracer, logger, warnings } = newTape()
    const calls = ['b', 'a', 'c'].map(key =>
      tracer.traced(key, { mockOnReplay: key !== 'c' }, async () => key),
    )
    const answer = tracer.traced('answer', async () => Promise.all(calls.map(call => call())))
    await answer()
    await answer()
    await recorder.flush()
    await replay(answer, { store, logger, ...(options as object) })
    return warnings
  }

  test('run, and are named once', async () => {
    expect(await inside({})).toEqual([expect.stringContaining("no mock option was given: 'b', 'a'. Pass")])
  })

  test.each([
    ['none is asked for', { mock: 'none' }],
    ['they are answered', { mock: 'marked' }],
    ['the policy is a function', { mock: () => 'live' }],
  ] as const)('cause no warning if %s', async (_what, options) => {
    expect(await inside(options)).toEqual([])
  })
})

test.each(['no', 7, null, { mode: 'some' }, {}])(
  'outside: %j is refused before anything starts',
  async outside => {
    const { run, over } = await agent()
    await expect(run({ outside: outside as never })).rejects.toThrow(/Unknown outside/)
    await over()
  },
)
