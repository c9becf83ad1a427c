import type { SpanRecord } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { recordAndReplay, recordExactly } from './record-and-replay.ts'
import { newTape, storeWith, type Tape, ticks } from './tape.ts'

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
/**
 * The tape with all times multiplied by 1000: a replay that waited for any recorded time would exceed the time limit of
 * the test on any machine.
 */
function slowed({ store, ...tape }: Tape): Tape {
  const slower = (span: SpanRecord, began: number): SpanRecord => ({
    ...span,
    startedAt: began + (span.startedAt - began) * 1000,
    durationMs: span.durationMs * 1000,
  })
  const get: typeof store.traces.get = async (...args) => {
    const trace = await store.traces.get(...args)
    if (!trace) return undefined
    const began = trace.root.startedAt
    const spans = trace.spans.map(span => slower(span, began))
    return { ...trace, spans, root: slower(trace.root, began) }
  }
  return { ...tape, store: storeWith(store, { traces: { get } }) }
}

const nothingElse = { drifted: [], missed: [], unused: [] }

function waiting({ tracer }: Tape) {
  return tracer.traced('wait', { mockOnReplay: true }, async (name: string, ms: number) => {
    await later(ms)
    if (name.startsWith('bad')) throw new RangeError(name)
    return name
  })
}

describe('concurrent mocked calls end in the recorded order, without delay', () => {
  test('in a race', async () => {
    const tape = newTape()
    const wait = waiting(tape)
    const fn = tape.tracer.traced('fn', async () => {
      const calls = [wait('a', 80), wait('b', 60), wait('c', 40), wait('d', 50)]
      const order: string[] = []
      for (const call of calls) void call.then(name => order.push(name))
      const first = await Promise.race(calls)
      await Promise.all(calls)
      return { first, order }
    })
    const item = await recordExactly(slowed(tape), fn, { mock: 'marked' })
    expect(item.result).toEqual({ first: 'c', order: ['c', 'd', 'b', 'a'] })
    expect(item.mocks).toMatchObject(nothingElse)
    expect(item.durationMs).toBeGreaterThan(60_000)
  })

  test('where the first rejection of Promise.all decides, and the first success of Promise.any', async () => {
    const tape = newTape()
    const wait = waiting(tape)
    const fn = tape.tracer.traced('fn', async () => [
      await Promise.all([wait('bad a', 60), wait('bad b', 20), wait('c', 1)]).catch(String),
      await Promise.any([wait('bad a', 5), wait('d', 80), wait('e', 30)]),
    ])
    const item = await recordExactly(tape, fn, { mock: 'marked' })
    expect(item.result).toEqual(['RangeError: bad b', 'e'])
    expect(item.result).toEqual(item.originalOutput)
  })

  test('also if the consequences of the first take many promises', async () => {
    const tape = newTape()
    const wait = waiting(tape)
    const fn = tape.tracer.traced('fn', async () => {
      const slowly = async () => {
        const name = await wait('a', 10)
        for (let hop = 0; hop < 200; hop++) await null
        return name
      }
      const calls = [wait('b', 40), slowly()]
      const first = await Promise.race(calls)
      await Promise.all(calls)
      return first
    })
    const item = await recordExactly(tape, fn, { mock: 'marked' })
    expect(item.result).toBe('a')
    expect(item.mocks).toMatchObject(nothingElse)
  })

  test('with an earlier timer of the program, as long as a call follows from it', async () => {
    const tape = newTape()
    const wait = waiting(tape)
    const fn = tape.tracer.traced('fn', async () => {
      const timeOut = later(20).then(() => 'timed out')
      return [await Promise.race([wait('a', 90), timeOut]), await wait('next', 1)]
    })
    const item = await recordExactly(tape, fn, { mock: 'marked' })
    expect(item.result).toEqual(['timed out', 'next'])
    expect(item.mocks).toMatchObject(nothingElse)
  })

  test('so that concurrent calls with equal input get their own answers', async () => {
    const tape = newTape()
    let count = 0
    const draw = tape.tracer.traced('draw', { mockOnReplay: true }, async (ms: number) => {
      const drawn = count++
      await later(ms)
      return drawn
    })
    const same = tape.tracer.traced('same', { mockOnReplay: true }, async () => count++)
    const fn = tape.tracer.traced('fn', async () =>
      Promise.all([30, 20, 10].map(async ms => [await draw(ms), await same(), await draw(5), await same()])),
    )
    const item = await recordExactly(tape, fn, { mock: 'all' })
    expect(item.result).toEqual(item.originalOutput)
    expect(item.mocks).toMatchObject(nothingElse)
  })

  test('with calls that run for real, which keep their position too', async () => {
    const tape = newTape()
    const { traced } = tape.tracer
    const mocked = traced('mocked', { mockOnReplay: true }, async () => ticks(50))
    const live = traced('live', async (name: string, count: number) => {
      await ticks(count)
      return name
    })
    const fn = traced('fn', async () => {
      // Without the recorded order the second would win, because its mocked call takes no time.
      const second = mocked().then(() => live('second', 30))
      return Promise.race([live('first', 70), second])
    })
    const item = await recordExactly(
      tape,
      fn,
      { mock: 'marked' },
      () => {},
      () => ticks(100),
    )
    expect(item).toMatchObject({ result: 'first', originalOutput: 'first' })
  })
})

const withoutOrder = ({ startOrder: _start, endOrder: _end, ...span }: SpanRecord): SpanRecord => span

describe('nothing waits for something that cannot happen', () => {
  test('if a call is no longer made', async () => {
    const tape = newTape()
    const wait = waiting(tape)
    let isChanged = false
    const fn = tape.tracer.traced('fn', async () => {
      const first = isChanged ? [] : [wait('gone', 10)]
      return Promise.all([...first, wait('a', 30), wait('b', 40)])
    })
    const item = await recordExactly(slowed(tape), fn, { mock: 'marked' }, () => {
      isChanged = true
    })
    expect(item.result).toEqual(['a', 'b'])
    expect(item.mocks).toMatchObject({ drifted: [], missed: [], unused: [{ key: 'wait' }] })
  })

  test.each([
    ['a timeout', () => setTimeout(() => {}, 3_600_000)],
    ['an interval', () => setInterval(() => {}, 3_600_000)],
    ['an unreferenced timeout', () => setTimeout(() => {}, 3_600_000).unref()],
  ])('if a call is no longer made, and %s is pending that comes much later', async (_, set) => {
    const tape = newTape()
    const wait = waiting(tape)
    const stream = tape.tracer.traced('stream', { mockOnReplay: true }, async function* () {
      for (const chunk of [1, 2]) {
        await later(10)
        yield chunk
      }
    })
    let isChanged = false
    const fn = tape.tracer.traced('fn', async () => {
      const guard = set()
      const first = isChanged ? [] : [wait('gone', 10)]
      const read = (async () => {
        const chunks: number[] = []
        for await (const chunk of stream()) chunks.push(chunk)
        return chunks
      })()
      const ended = await Promise.all([...first, wait('a', 30), read])
      clearTimeout(guard)
      return ended
    })
    const item = await recordExactly(slowed(tape), fn, { mock: 'marked' }, () => {
      isChanged = true
    })
    expect(item.result).toEqual(['a', [1, 2]])
    expect(item.mocks).toMatchObject({ drifted: [], missed: [], unused: [{ key: 'wait' }] })
  })

  test('if the process is never idle: at most about twice the recorded time', async () => {
    const tape = newTape()
    const wait = waiting(tape)
    let isChanged = false
    const fn = tape.tracer.traced('fn', async () => {
      const first = isChanged ? [] : [wait('gone', 10)]
      return Promise.all([...first, wait('a', 100)])
    })
    let busy: NodeJS.Timeout | undefined
    const item = await recordExactly(tape, fn, { mock: 'marked' }, () => {
      isChanged = true
      busy = setInterval(() => {}, 1000)
    })
    clearInterval(busy)
    expect(item.result).toEqual(['a'])
    expect(item.tookMs).toBeLessThan(1900)
  })

  test('if a real call now waits for an answer that was recorded after it', async () => {
    const tape = newTape()
    const wait = waiting(tape)
    let isChanged = false
    let answer: Promise<string> | undefined
    const live = tape.tracer.traced('live', async () => (isChanged ? `after ${await answer}` : later(5)))
    const fn = tape.tracer.traced('fn', async () => {
      answer = wait('a', 50)
      return Promise.all([live(), answer])
    })
    const item = await recordExactly(slowed(tape), fn, { mock: 'marked' }, () => {
      isChanged = true
    })
    expect(item.result).toEqual(['after a', 'a'])
  })

  test('on a tape without the order', async () => {
    const tape = newTape()
    const wait = waiting(tape)
    const fn = tape.tracer.traced('fn', async () => Promise.all([wait('a', 10), wait('b', 5)]))
    await fn()
    await tape.recorder.flush()
    const { get } = tape.store.traces
    const store = storeWith(tape.store, {
      traces: {
        get: async id => {
          const trace = await get(id)
          return trace && { ...trace, spans: trace.spans.map(withoutOrder), root: withoutOrder(trace.root) }
        },
      },
    })
    const { items } = await replay(fn, { store, mock: 'marked' })
    expect(items[0]).toMatchObject({ result: ['a', 'b'], mocks: nothingElse })
  })
})

describe('with recorded timing', () => {
  test('a mocked call takes as long as it took', async () => {
    const tape = newTape()
    const wait = waiting(tape)
    const timed = { mock: 'marked', timing: 'recorded' } as const
    const race = tape.tracer.traced('race', async () =>
      Promise.race([wait('a', 400), later(30).then(() => 'timer')]),
    )
    const raced = await recordExactly(tape, race, timed)
    expect(raced.result).toBe('timer')
    const alone = tape.tracer.traced('alone', async () => wait('a', 60))
    expect((await recordAndReplay(tape, alone, timed)).tookMs).toBeGreaterThan(55)
  })
})
