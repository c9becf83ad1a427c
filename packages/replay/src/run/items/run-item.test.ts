import type { SpanRecord } from '@runtape/core'
import { memoryStore, payload, span } from '@runtape/testing'
import { encodeValue } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { newTape, storeWith, ticks } from '../../../test/tape.ts'
import { replay } from '../replay.ts'

describe('an item', () => {
  test('has the recording and the current result of the code', async () => {
    const { store, recorder, tracer } = newTape()
    let prefix = 'Hello'
    const greet = tracer.traced('greet', async (name: string) => `${prefix} ${name}`)
    await greet('Ada')
    await recorder.flush()
    prefix = 'Hi'
    const { items, testRunId } = await replay(greet, { store })
    const [source] = (await store.traces.list()).items
    expect(items).toEqual([
      {
        sourceTraceId: source?.traceId,
        input: ['Ada'],
        result: 'Hi Ada',
        originalOutput: 'Hello Ada',
        error: null,
        originalError: null,
        ran: { greet: 1 },
        outcome: 'changed',
        same: false,
        durationMs: source?.durationMs,
        tokens: null,
        model: null,
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        replay: { durationMs: expect.any(Number), tokens: null },
        scores: {},
        mocks: { served: [], drifted: [], missed: [], overridden: [], unused: [] },
        delta: { durationMs: expect.any(Number), tokens: null, costNanoUsd: null },
        diff: { added: [], removed: [], reordered: [], changed: [] },
      },
    ])
    const made = await store.traces.get(items[0]?.traceId ?? '')
    expect(made?.root.replay).toEqual({
      testRunId,
      sourceTraceId: source?.traceId,
      sourceSpanId: source?.spanId,
      mocked: false,
    })
  })

  test('shows the recorded arguments, even if the code changes its own', async () => {
    const { store, recorder, tracer } = newTape()
    const drain = tracer.traced('drain', (list: number[]) => list.splice(0))
    drain([1, 2])
    await recorder.flush()
    expect((await replay(drain, { store })).items[0]).toMatchObject({ input: [[1, 2]], result: [1, 2] })
  })

  test('gives the function its receiver', async () => {
    const { store, recorder, tracer } = newTape()
    const shop = {
      tax: 1.2,
      price: tracer.traced('price', function (this: { tax: number }, net: number) {
        return net * this.tax
      }),
    }
    shop.price(10)
    await recorder.flush()
    expect((await replay(shop.price, { store, receiver: shop })).items[0]?.result).toBe(12)
  })

  test('with the recorded error is the same, and failed', async () => {
    const { store, recorder, tracer } = newTape()
    const refuse = tracer.traced('refuse', (): number => {
      throw new RangeError('sold out')
    })
    expect(refuse).toThrow()
    await recorder.flush()
    const { items, summary } = await replay(refuse, { store })
    expect(items[0]).toMatchObject({
      error: 'sold out',
      originalError: 'sold out',
      thrown: expect.any(RangeError),
      same: true,
    })
    expect(summary).toMatchObject({ completed: 0, failed: 1, same: 1, changed: 0 })
  })

  test('is not the same with a different error of the same message', async () => {
    const { store, recorder, tracer } = newTape()
    let code = 1
    const refuse = tracer.traced('refuse', (): number => {
      throw Object.assign(new RangeError('sold out'), { code })
    })
    expect(refuse).toThrow()
    await recorder.flush()
    code = 2
    const { items, summary } = await replay(refuse, { store })
    expect(items[0]).toMatchObject({ error: 'sold out', originalError: 'sold out', same: false })
    expect(summary).toMatchObject({ failed: 1, same: 0, pass: false })
  })

  test('fails if the code throws undefined', async () => {
    const { store, recorder, tracer } = newTape()
    let isBroken = false
    const fn = tracer.traced('fn', () => {
      if (isBroken) throw undefined
    })
    fn()
    await recorder.flush()
    isBroken = true
    const { items, summary } = await replay(fn, { store })
    expect(items[0]).toMatchObject({ error: 'undefined', originalError: null })
    expect(summary).toMatchObject({ failed: 1, same: 0 })
  })

  test('with a partly read stream reads as far again, although it is endless', async () => {
    const { store, recorder, tracer } = newTape()
    const endless = tracer.traced('endless', async function* () {
      for (let count = 0; ; count++) yield count
    })
    for await (const count of endless()) if (count === 2) break
    await recorder.flush()
    const { items, summary } = await replay(endless, { store })
    expect(items[0]?.result).toEqual({ chunks: [0, 1, 2], returned: undefined })
    expect(summary).toMatchObject({ same: 1 })
  })

  test('reads a generator to its end', async () => {
    const { store, recorder, tracer } = newTape()
    const letters = tracer.traced('letters', function* (count: number) {
      yield* 'abc'.slice(0, count)
      return count
    })
    expect([...letters(2)]).toEqual(['a', 'b'])
    await recorder.flush()
    const { items, summary } = await replay(letters, { store })
    expect(items[0]).toMatchObject({ result: { chunks: ['a', 'b'], returned: 2 }, same: true })
    expect(summary.same).toBe(1)
  })
})

describe('a bad trace', () => {
  const root = (input: SpanRecord['input'], more: Partial<SpanRecord> = {}) =>
    span({ key: 'echo', input, output: payload('old'), durationMs: 3, ...more })

  async function replayed(bad: SpanRecord[], parts: Parameters<typeof storeWith>[1] = {}) {
    const { store, tracer, logger } = newTape()
    const good = root(payload(['fine']))
    await store.append([good, ...bad])
    const echo = tracer.traced('echo', (value: unknown) => value)
    const traceIds = [bad[0]?.traceId ?? 'f'.repeat(32), good.traceId]
    return replay(echo, { store: storeWith(store, parts), traceIds, mock: 'all', logger })
  }

  test.each([
    ['is not there', [], /is not in the store/],
    ['is of another key', [root(payload([1]), { key: 'other' })], /belongs to 'other'/],
    ['has a truncated input', [root({ json: 'null', truncated: 9_000_000 })], /too large to keep/],
    ['has a lossy input', [root(encodeValue([Symbol('own')]))], /could not be kept/],
    ['has a redacted input', [root(encodeValue([{ password: 'x' }]))], /was redacted/],
    ['has an input that is no JSON', [root({ json: '[' })], /cannot be read/],
    [
      'has marks that do not fit its input',
      [root({ json: '[]', meta: [[[0, 'a'], 'date']] })],
      /cannot be read/,
    ],
  ])("that %s is only its item's error", async (_what, bad, error) => {
    const { items, summary } = await replayed(bad)
    expect(items[0]).toMatchObject({ error: expect.stringMatching(error), result: undefined, traceId: null })
    expect(items[1]).toMatchObject({ result: 'fine', error: null })
    expect(summary).toMatchObject({ total: 2, completed: 1, failed: 1 })
  })

  test('still has the facts of its recording', async () => {
    const { items } = await replayed([root({ json: 'null', truncated: 9_000_000 })])
    expect(items[0]).toMatchObject({ originalOutput: 'old', durationMs: 3, input: [] })
  })

  test('with cyclic parents is replayed as far as it is connected', async () => {
    const bad = root(payload(['bad']))
    const [a, b] = ['a'.repeat(16), 'b'.repeat(16)]
    const { traceId } = bad
    const circle = [
      span({ traceId, spanId: a, parentSpanId: b }),
      span({ traceId, spanId: b, parentSpanId: a }),
    ]
    const { items } = await replayed([bad, ...circle])
    expect(items[0]).toMatchObject({ result: 'bad', error: null, mocks: { unused: [] } })
  })

  test("that the store cannot load is only its item's error", async () => {
    const bad = root(payload(['bad']))
    const { store } = newTape()
    await store.append([bad])
    const { items } = await replayed([bad], {
      traces: {
        get: async traceId => {
          if (traceId === bad.traceId) throw new Error('connection reset')
          return { traceId, root: root(payload(['fine'])), spans: [] }
        },
      },
    })
    expect(items.map(({ error }) => error)).toEqual(['connection reset', null])
  })
})

describe('what a replay records', () => {
  test('is in the store when the item is reported', async () => {
    const { store, recorder, tracer } = newTape()
    const fn = tracer.traced('fn', async () => 1)
    await fn()
    await recorder.flush()
    const kept: unknown[] = []
    const slow = storeWith(store, {
      append: async records => {
        await ticks(5)
        return store.append(records)
      },
    })
    const onProgress = async ({ item }: { item: { traceId: string | null } }) => {
      kept.push(await store.traces.get(item.traceId ?? ''))
    }
    await replay(fn, { store: slow, onProgress })
    expect(kept).toEqual([expect.objectContaining({ root: expect.objectContaining({ key: 'fn' }) })])
  })

  test('is also kept after the end of the call', async () => {
    const { store, recorder, tracer } = newTape()
    let finished = Promise.resolve('')
    const late = tracer.traced('late', async () => {
      await ticks(20)
      return 'done'
    })
    const fn = tracer.traced('fn', async () => {
      finished = late()
      return 'first'
    })
    await fn()
    await finished
    await recorder.flush()
    const { items } = await replay(fn, { store })
    expect(items[0]?.result).toBe('first')
    await finished
    await ticks(2)
    const made = await store.traces.get(items[0]?.traceId ?? '')
    expect(made?.spans.map(({ key }) => key)).toEqual(['fn', 'late'])
    expect(made?.spans[1]?.replay).toMatchObject({ sourceSpanId: expect.any(String), mocked: false })
  })

  test('is lost with a warning, and without harm, after the store was closed', async () => {
    const { store, recorder, tracer, logger, warnings } = newTape(memoryStore())
    let finished = Promise.resolve()
    let isReplay = false
    const late = tracer.traced('late', () => ticks(20))
    const fn = tracer.traced('fn', async () => {
      // One that the recording has is waited for.
      if (isReplay) finished = late()
    })
    await fn()
    await recorder.close()
    isReplay = true
    const { items } = await replay(fn, { store, logger })
    await store.close()
    await finished
    await ticks(2)
    expect(items[0]?.error).toBeNull()
    expect(warnings).toEqual([expect.stringContaining('1 records of a replay could not be written')])
  })

  test('in a report does not change through later unrecorded calls', async () => {
    const { store, recorder, tracer } = newTape()
    const reported = Promise.withResolvers<void>()
    let finished: Promise<unknown> = Promise.resolve()
    let isReplay = false
    const tool = tracer.traced('tool', async (index: number) => index)
    const fn = tracer.traced('fn', async () => {
      void tool(1)
      if (isReplay)
        finished = ticks(20)
          .then(() => tool(2))
          .catch(() => reported.promise)
          .then(() => tool(3))
          .catch(() => {})
    })
    await fn()
    await recorder.flush()
    isReplay = true
    const { items } = await replay(fn, { store, mock: 'all', logger: { warn: () => {} } })
    reported.resolve()
    await finished
    const { outcome, mocks } = items[0] ?? {}
    // What is called soon after the end of the recorded call is part of it.
    expect(mocks).toMatchObject({
      served: [{ key: 'tool' }],
      drifted: [],
      missed: [{ key: 'tool' }],
      unused: [],
    })
    expect([outcome, mocks?.served.length, mocks?.missed.length]).toEqual(['failed', 1, 1])
  })
})
