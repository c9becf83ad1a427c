import { describe, expect, test } from 'vitest'
import { replay, replayItems } from '../src/index.ts'
import { newTape, ticks } from './tape.ts'

async function recorded(count: number) {
  const tape = newTape()
  let running = 0
  let most = 0
  const fn = tape.tracer.traced('fn', async (id: number) => {
    most = Math.max(most, ++running)
    await ticks(2)
    running--
    return id
  })
  for (let id = 0; id < count; id++) await fn(id)
  await tape.recorder.flush()
  most = 0
  return { ...tape, fn, most: () => most }
}

describe('items that are not kept', () => {
  test('are passed one by one, and the next one waits', async () => {
    const { store, fn } = await recorded(30)
    const seen: number[] = []
    let taking = 0
    let most = 0
    const report = await replay(fn, {
      store,
      limit: 30,
      maxConcurrency: 4,
      keepItems: false,
      onItem: async ({ result, input }) => {
        most = Math.max(most, ++taking)
        await ticks(5)
        taking--
        expect(result).toBe(input[0])
        seen.push(input[0])
      },
    })
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, id) => id))
    expect(most).toBeLessThanOrEqual(4)
    expect(report).toMatchObject({ items: [], summary: { total: 30, completed: 30, same: 30, pass: true } })
    expect((await store.traces.list({ testRunId: report.testRunId, limit: 50 })).items).toHaveLength(30)
  })

  test('can be iterated; the report comes last, and leaving early stops the replay', async () => {
    const { store, fn, most } = await recorded(20)
    const items = replayItems(fn, { store, limit: 20, maxConcurrency: 3 })
    let count = 0
    let step = await items.next()
    for (; !step.done; step = await items.next()) count += Number(step.value.error === null)
    expect(count).toBe(20)
    expect(step.value.summary).toMatchObject({ total: 20, completed: 20 })
    expect(most()).toBeLessThanOrEqual(3)
    for await (const { error } of replayItems(fn, { store, limit: 20, maxConcurrency: 2 })) {
      expect(error).toBeNull()
      break
    }
    const [last] = (await store.testRuns.list()).items
    expect(last?.status).toBe('interrupted')
    const made = (await store.traces.list({ testRunId: last?.testRunId ?? '', limit: 50 })).items
    expect(made.length).toBeLessThan(8)
    const missing = replayItems(fn, { store, where: { tag: 'none' } })
    await expect(missing.next()).rejects.toMatchObject({ code: 'no-traces' })
  })

  test('that the application fails to take are reported, and the rest continues', async () => {
    const { store, fn, logger, warnings } = await recorded(2)
    const onItem = async () => Promise.reject(new Error('disk full'))
    const { summary } = await replay(fn, { store, logger, onItem })
    expect(summary.completed).toBe(2)
    expect(warnings).toEqual(Array(2).fill('onItem threw: disk full. The replay continues.'))
  })
})

describe('shards', () => {
  test('join in one test run, and partition its traces', async () => {
    const { store, fn } = await recorded(10)
    const options = { store, limit: 10, testRunId: 'ci-1', codeChangeDescription: 'shorter' }
    const first = await replay(fn, { ...options, shard: '1/3' })
    // Traces recorded meanwhile have no effect.
    await fn(99)
    const others = await Promise.all(['2/3', '3/3'].map(shard => replay(fn, { ...options, shard })))
    const shards = [first, ...others]
    expect(shards.map(({ items }) => items.length)).toEqual([4, 3, 3])
    expect(shards.map(({ testRunId }) => testRunId)).toEqual(['ci-1', 'ci-1', 'ci-1'])
    const inputs = shards.flatMap(({ items }) => items.map(({ input }) => input[0]))
    expect(inputs.sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, id) => id))
    expect((await store.traces.list({ testRunId: 'ci-1', limit: 50 })).items).toHaveLength(10)
    expect(await store.testRuns.get('ci-1')).toMatchObject({
      status: 'completed',
      codeChangeDescription: 'shorter',
    })
  })

  test('that start concurrently agree on the traces; an interrupted one interrupts the test run', async () => {
    const { store, fn } = await recorded(8)
    const options = { store, limit: 8, testRunId: 'ci-2' }
    const aborted = AbortSignal.abort(new Error('stop'))
    const both = await Promise.all([
      replay(fn, { ...options, shard: '1/2', signal: aborted }),
      replay(fn, { ...options, shard: '2/2' }),
    ])
    expect(both.map(({ summary }) => summary.total)).toEqual([4, 4])
    await replay(fn, { ...options, shard: '2/2' })
    expect((await store.testRuns.get('ci-2'))?.status).toBe('interrupted')
  })

  test('of another function, or without a test run, are refused; an empty one is fine', async () => {
    const { store, fn, tracer } = await recorded(1)
    const options = { store, testRunId: 'ci-3' }
    expect((await replay(fn, { ...options, shard: '2/2' })).summary).toMatchObject({ total: 0, pass: true })
    const other = tracer.traced('other', async () => 1)
    await expect(replay(other, options)).rejects.toThrow(/Test run ci-3 replays 'fn', not 'other'/)
    await expect(replay(fn, { store, shard: '1/2' })).rejects.toThrow(/shard needs a testRunId/)
    for (const shard of ['0/2', '3/2', '1', 'x', '1/2/3'])
      await expect(replay(fn, { ...options, shard })).rejects.toThrow(/shard must be like '2\/4'/)
  })
})
