import { describe, expect, test } from 'vitest'
import { decline } from '../src/match/override.ts'
import { replay } from '../src/run/replay.ts'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape, ticks } from './tape.ts'

function calls() {
  const tape = newTape()
  const { traced } = tape.tracer
  const ran: string[] = []
  const note = (name: string) => void ran.push(name)
  const model = traced('ask', { type: 'model' }, async (prompt: string) => {
    note('model')
    return `answer to ${prompt}`
  })
  const tool = traced('look', { type: 'tool', mockOnReplay: true }, async (id: number) => {
    note('tool')
    return { id, found: true }
  })
  const sum = traced('sum', (a: number, b: number) => {
    note('sum')
    return a + b
  })
  const chunks = traced('chunks', async function* () {
    note('chunks')
    yield 'a'
    yield 'b'
  })
  const fn = traced('fn', async () => {
    const read: string[] = []
    for await (const chunk of chunks()) read.push(chunk)
    return [await model('q'), await tool(1), sum(1, 2), read.join('')]
  })
  return { tape, fn, ran, recorded: ['answer to q', { id: 1, found: true }, 3, 'ab'] }
}

describe('a mock strategy', () => {
  test("'model' answers only model calls", async () => {
    const { tape, fn, ran, recorded } = calls()
    const item = await recordAndReplay(tape, fn, { mock: 'model' }, () => ran.splice(0))
    expect(item).toMatchObject({ result: recorded, mocks: { served: [{ key: 'ask' }], unused: [] } })
    expect(ran).toEqual(['chunks', 'tool', 'sum'])
  })

  test('can be a function that decides for each call', async () => {
    const { tape, fn, ran } = calls()
    const asked: unknown[] = []
    const item = await recordAndReplay(
      tape,
      fn,
      {
        mock: ({ key, input, node, recordedOutput }) => {
          asked.push([key, input, node?.key, recordedOutput])
          return key === 'look' ? 'error' : key === 'sum' ? 'live' : 'recorded'
        },
      },
      () => ran.splice(0),
    )
    expect(ran).toEqual([])
    expect(item.error).toContain("This call of 'look' in the replay of trace")
    expect(item.error).toContain("the replay's policy refuses it")
    expect(item.mocks).toMatchObject({
      served: [{ key: 'chunks' }, { key: 'ask' }],
      missed: [{ key: 'look', input: [1], reason: expect.stringContaining('refuses') }],
      // `sum` was `live`, so it is not unused.
      unused: [],
    })
    expect(asked[1]).toEqual(['ask', ['q'], 'ask', 'answer to q'])
  })

  test('that is a function and fails, or returns an invalid value, fails the call', async () => {
    const { tape, fn } = calls()
    const fails = () => {
      throw new Error('no idea')
    }
    const failed = await recordAndReplay(tape, fn, { mock: fails })
    expect(failed.error).toMatch(/'chunks' in the replay .* was not run: no idea/)
    const odd = await recordAndReplay(tape, fn, { mock: (() => 'maybe') as never })
    expect(odd.error).toContain("returned maybe for 'chunks'. It must return 'live', 'recorded' or 'error'")
  })
})

describe('an override', () => {
  test('is a value or a function of the call; for a stream it returns the chunks', async () => {
    const { tape, fn, ran } = calls()
    const overrides = {
      ask: async ({ input: [prompt] }: { input: readonly unknown[] }) => `another answer to ${prompt}`,
      look: { id: 7 },
      sum: ({ recordedOutput }: { recordedOutput: unknown }) => Number(recordedOutput) * 10,
      chunks: ['x', 'y', 'z'],
    }
    const item = await recordAndReplay(tape, fn, { overrides }, () => ran.splice(0))
    expect(item).toMatchObject({ result: ['another answer to q', { id: 7 }, 30, 'xyz'], error: null })
    expect(item.mocks.overridden.map(({ key }) => key)).toEqual(['chunks', 'ask', 'look', 'sum'])
    expect(item.mocks).toMatchObject({ served: [], drifted: [], missed: [], unused: [] })
    expect(ran).toEqual([])
  })

  test('may decline, and its error is thrown by the call', async () => {
    const { tape, fn, ran } = calls()
    const overrides = {
      ask: ({ input: [prompt] }: { input: readonly unknown[] }) => (prompt === 'other' ? 1 : decline),
      look: () => {
        throw new RangeError('out of order')
      },
    }
    const item = await recordAndReplay(tape, fn, { mock: 'all', overrides }, () => ran.splice(0))
    expect(item.thrown).toBeInstanceOf(RangeError)
    expect(item.error).toBe('out of order')
    expect(item.mocks).toMatchObject({
      served: [{ key: 'chunks' }, { key: 'ask' }],
      overridden: [{ key: 'look' }],
      unused: [{ key: 'sum' }],
    })
    expect(ran).toEqual([])
  })

  test("answers an unrecorded call with its function's kind of result", async () => {
    const tape = newTape()
    const { traced } = tape.tracer
    const soon = traced('soon', async (): Promise<number> => 1)
    const now = traced('now', (): number => 1)
    let isChanged = false
    const fn = traced('fn', async () => (isChanged ? [await soon().then(value => value), now()] : []))
    const item = await recordAndReplay(tape, fn, { mock: 'all', overrides: { soon: 5, now: 6 } }, () => {
      isChanged = true
    })
    expect(item).toMatchObject({ result: [5, 6], error: null, mocks: { missed: [], overridden: [{}, {}] } })
  })

  test('that rejects fails the call, and one without an array for a stream is refused', async () => {
    const { tape, fn } = calls()
    const rejected = await recordAndReplay(tape, fn, {
      mock: 'all',
      overrides: { ask: async () => Promise.reject(new RangeError('later')) },
    })
    expect(rejected.error).toBe('later')
    const odd = await recordAndReplay(tape, fn, { mock: 'all', overrides: { chunks: 'xyz' } })
    expect(odd.error).toContain("The override of 'chunks' must return the chunks of a stream as an array.")
  })
})

describe('adaptInputs', () => {
  test('creates the arguments of a function whose signature changed', async () => {
    const { tracer, store, recorder } = newTape()
    const old = tracer.traced('greet', async (first: string, last: string) => `${first} ${last}`)
    await old('Ada', 'Lovelace')
    await recorder.flush()
    const greet = tracer.traced('greet', async ({ name }: { name: string }) => name)
    const { items } = await replay(greet, {
      store,
      adaptInputs: ([first, last], { root }) => [{ name: `${first} ${last} (${root.key})` }],
    })
    expect(items[0]).toMatchObject({
      input: ['Ada', 'Lovelace'],
      given: [{ name: 'Ada Lovelace (greet)' }],
      result: 'Ada Lovelace (greet)',
    })
    const failing = await replay(greet, {
      store,
      adaptInputs: async () => {
        throw new Error('cannot')
      },
    })
    expect(failing.items[0]).toMatchObject({
      error: 'adaptInputs failed: cannot',
      result: undefined,
      traceId: null,
    })
    const odd = await replay(greet, { store, adaptInputs: () => 'x' as never })
    expect(odd.items[0]?.error).toContain('adaptInputs did not return an array')
  })
})

describe('a call in the middle of a trace', () => {
  test('is replayed with its descendants', async () => {
    const { tracer, store, recorder } = newTape()
    let count = 0
    const draw = tracer.traced('draw', { mockOnReplay: true }, async () => count++)
    const middle = tracer.traced('middle', async (name: string) => [name, await draw()])
    const outer = tracer.traced('outer', async () => [await draw(), await middle('a'), await middle('b')])
    await outer()
    await recorder.flush()
    const [summary] = (await store.traces.list()).items
    const trace = await store.traces.get(summary?.traceId ?? '')
    const spans = (trace?.spans ?? [])
      .filter(({ key }) => key === 'middle')
      .map(({ traceId, spanId }) => ({ traceId, spanId }))
    const report = await replay(middle, { store, spans, mock: 'marked' })
    expect(report.items.map(({ result, sourceSpanId }) => [result, sourceSpanId])).toEqual([
      [['a', 1], spans[0]?.spanId],
      [['b', 2], spans[1]?.spanId],
    ])
    expect(report.summary).toMatchObject({ same: 2, served: 2, unused: 0 })
    expect(count).toBe(3)
  })
})

describe('an endless item', () => {
  test('fails at its time limit, its further calls fail, and the rest continues', async () => {
    const { tracer, store, recorder } = newTape()
    let isChanged = false
    let sent = 0
    let later: Promise<unknown> = Promise.resolve()
    const send = tracer.traced('send', async () => sent++)
    const wait = tracer.traced('wait', async (id: number) => {
      if (isChanged && id === 1) await new Promise(resolve => setTimeout(resolve, 80))
      later = send()
      return later
    })
    for (const id of [0, 1, 2]) await wait(id)
    await recorder.flush()
    isChanged = true
    const { items, summary, status } = await replay(wait, { store, itemTimeoutMs: 40 })
    expect(items.map(({ error }) => error === null).sort()).toEqual([false, true, true])
    const hung = items.find(({ error }) => error !== null)
    expect(hung?.error).toMatch(/had not ended after 40 ms, and its further calls fail/)
    expect(hung).toMatchObject({ input: [1], thrown: { code: 'replay-stopped' }, traceId: null })
    expect(summary).toMatchObject({ completed: 2, failed: 1, notRun: 0 })
    expect(status).toBe('completed')
    await new Promise(resolve => setTimeout(resolve, 80))
    expect(sent).toBe(5)
    await later.catch(() => {})
  })
})

describe('a stopped replay', () => {
  test('reports partial results, and the test run is interrupted', async () => {
    const { tracer, store, recorder } = newTape()
    let isChanged = false
    const slow = tracer.traced('slow', async (id: number) => {
      if (isChanged && id < 3) await new Promise(() => {})
      return id
    })
    for (const id of [0, 1, 2, 3]) {
      await slow(id)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    await recorder.flush()
    isChanged = true
    const controller = new AbortController()
    const options = { store, signal: controller.signal, maxConcurrency: 2 }
    const running = replay(slow, {
      ...options,
      onProgress: async () => {
        await ticks(5)
        controller.abort(new Error('lunch'))
      },
    })
    const report = await running
    expect(report.status).toBe('interrupted')
    expect(report.items.map(({ input, error }) => [input[0], error?.includes('was stopped: lunch')])).toEqual(
      [
        [3, undefined],
        [2, true],
        [1, true],
      ],
    )
    expect(report.summary).toMatchObject({ total: 4, completed: 1, failed: 2, notRun: 1 })
    expect(await store.testRuns.get(report.testRunId)).toMatchObject({ status: 'interrupted' })
    const nothing = await replay(slow, options)
    expect(nothing).toMatchObject({ items: [], status: 'interrupted', summary: { total: 4, notRun: 4 } })
  })
})
