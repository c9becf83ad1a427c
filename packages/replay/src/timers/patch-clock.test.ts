import { realClock } from '@runtape/core/internal'
import { payload, span } from '@runtape/testing'
import { describe, expect, test, vi } from 'vitest'
import { newTape } from '../../test/tape.ts'
import { replay } from '../run/replay.ts'
import { ItemTimers } from './item-timers.ts'

const hourMs = 3_600_000

/** A trace whose one call took an hour. */
async function longTrace(code: (child: () => Promise<unknown>) => unknown) {
  const tape = newTape()
  const child = tape.tracer.traced('child', async () => 1)
  const root = tape.tracer.traced('root', async () => code(child))
  const top = span({ key: 'root', durationMs: hourMs, startOrder: 0, endOrder: 3 })
  const { traceId, spanId: parentSpanId } = top
  const call = { traceId, parentSpanId, key: 'child', input: payload([]), output: payload(1) }
  await tape.store.append([top, span({ ...call, durationMs: hourMs, startOrder: 1, endOrder: 2 })])
  return { store: tape.store, root }
}

test('a replay records the current time, even if its code sees the recorded time', async () => {
  const seen: number[] = []
  const { store, root } = await longTrace(async child => {
    await child()
    seen.push(Date.now())
    await child().catch(() => {})
  })
  const before = Date.now()
  const { items } = await replay(root, { store, mock: 'all' })
  const trace = await store.traces.get(items[0]?.traceId ?? '')
  expect(seen[0]).toBeGreaterThanOrEqual(before + hourMs)
  expect(trace?.spans.map(({ startedAt }) => startedAt - before < hourMs / 2)).toEqual([true, true, true])
})

test('code without clock reads and timers gets no timers object', async () => {
  const made = vi.spyOn(ItemTimers.prototype, 'happened')
  const { store, root } = await longTrace(child => child())
  const { summary } = await replay(root, { store, mock: 'all' })
  expect(summary.served).toBe(1)
  expect(made).not.toHaveBeenCalled()
})

/** A trace of two calls, each of which took an hour, one after the other. */
async function twoCalls(code: (second: () => Promise<unknown>) => unknown) {
  const tape = newTape()
  tape.tracer.traced('first', async () => 1)
  const second = tape.tracer.traced('second', async () => 2)
  const root = tape.tracer.traced('root', async () => code(second))
  const top = span({ key: 'root', durationMs: 2 * hourMs, startOrder: 0, endOrder: 9 })
  const { traceId, spanId: parentSpanId, startedAt } = top
  const call = { traceId, parentSpanId, input: payload([]), output: payload(1), durationMs: hourMs }
  await tape.store.append([
    top,
    span({ ...call, key: 'first', startOrder: 1, endOrder: 3 }),
    span({ ...call, key: 'second', seq: 1, startedAt: startedAt + hourMs, startOrder: 5, endOrder: 7 }),
  ])
  return { store: tape.store, root }
}

// The clock of an item is made when its code first looks at it.
test.each([true, false])(
  'a removed call takes no time, with an earlier clock read (%s) or not',
  async looks => {
    const { store, root } = await twoCalls(async second => {
      if (looks) Date.now()
      await second()
      return Date.now()
    })
    const before = Date.now()
    const { items } = await replay(root, { store, mock: 'all' })
    expect(Math.round(((items[0]?.result as number) - before) / hourMs)).toBe(1)
  },
)

describe('the clock of an item', () => {
  test('advances for code that polls it', async () => {
    const passed: number[] = []
    const { store, root } = await longTrace(async child => {
      for (const clock of [Date, performance]) {
        const began = clock.now()
        while (clock.now() < began + 5);
        passed.push(Math.round(clock.now() - began))
      }
      await child()
    })
    const { items } = await replay(root, { store, mock: 'all' })
    expect(items[0]).toMatchObject({ error: null })
    expect(passed).toEqual([5, 5])
  })

  test('advances for code that reads it in each turn', async () => {
    const { store, root } = await longTrace(async child => {
      const began = Date.now()
      while (Date.now() < began + 5) await new Promise(resolve => setImmediate(resolve))
      await child()
    })
    const { items } = await replay(root, { store, mock: 'all' })
    expect(items[0]).toMatchObject({ error: null })
  })

  test('hides pauses of the process anywhere', async () => {
    const { now } = realClock
    let reads = 0
    const { store, root } = await longTrace(async child => {
      const began = [Date.now(), performance.now()] as const
      const seen: number[] = []
      for (let round = 0; round < 4; round++) {
        pause(3)
        seen.push(Date.now() - began[0], performance.now() - began[1])
        await new Promise(resolve => setImmediate(resolve))
      }
      await child()
      return seen
    })
    realClock.now = () => {
      if (reads++ % 2 === 0) pause(4)
      return now()
    }
    const { items } = await replay(root, { store, mock: 'all' }).finally(() => {
      realClock.now = now
    })
    expect(items[0]?.result).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })
})

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
