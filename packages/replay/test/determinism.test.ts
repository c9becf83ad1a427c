import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape, ticks } from './tape.ts'

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const deterministic = { deterministic: true }

describe('a deterministic function', () => {
  test('sees the recorded clock and random numbers in a replay', async () => {
    const tape = newTape()
    const { traced } = tape.tracer
    const stamp = traced('stamp', async (name: string) => {
      await ticks(1)
      return { name, at: new Date(), id: crypto.randomUUID(), roll: Math.random() }
    })
    const fn = traced('fn', deterministic, async () => {
      const started = Date.now()
      const stamps = await Promise.all(['a', 'b', 'c'].map(stamp))
      const bytes = [...crypto.getRandomValues(new Uint8Array(4))]
      return { started, stamps, bytes, uuid: randomUUID(), elapsed: Date.now() - started }
    })
    const item = await recordAndReplay(tape, fn, {}, () => {}, 20)
    expect(item.error).toBeNull()
    expect(item.result).toEqual(item.originalOutput)
    expect((item.result as { started: number }).started).toBeLessThan(Date.now() - 15)
  })

  test('is the same in many concurrent items, and other code is not affected', async () => {
    const { tracer, store, recorder } = newTape()
    const fn = tracer.traced('fn', deterministic, async (id: number) => {
      const seen = [id, Math.random()]
      await later(id % 5)
      return [...seen, Math.random(), Date.now()]
    })
    for (let id = 0; id < 20; id++) await fn(id)
    await recorder.flush()
    const before = Date.now()
    const beside = (async () => {
      const seen: number[] = []
      for (let count = 0; count < 10; count++) {
        seen.push(Date.now())
        await later(1)
      }
      return seen
    })()
    const { summary } = await replay(fn, { store, limit: 20 })
    expect(summary).toMatchObject({ total: 20, same: 20 })
    expect((await beside).every(time => time >= before - 1)).toBe(true)
  })

  test('with additional calls draws the same numbers in every replay', async () => {
    const { tracer, store, recorder } = newTape()
    let isChanged = false
    const roll = tracer.traced('roll', async (): Promise<number[]> => [Math.random(), await half()])
    const half = tracer.traced('half', async () => Math.random() / 2)
    const fn = tracer.traced('fn', deterministic, async () => {
      return isChanged ? Promise.all([roll(), roll(), half()]) : Math.random()
    })
    await fn()
    await recorder.flush()
    isChanged = true
    const { items } = await replay(fn, { store, attempts: 3 })
    const [first, ...others] = items[0]?.attempts?.map(({ result }) => result) ?? []
    expect(others).toEqual([first, first])
    const numbers = [first].flat(3)
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  test('that was changed continues where the recording ends', async () => {
    const tape = newTape()
    const { traced } = tape.tracer
    let isChanged = false
    const extra = traced('extra', async () => [Date.now(), Math.random()] as const)
    const fn = traced('fn', deterministic, async () => {
      const first = Date.now()
      const more = isChanged ? [await extra(), await extra()] : []
      return { first, second: Date.now(), third: isChanged ? Date.now() : 0, more }
    })
    const item = await recordAndReplay(
      tape,
      fn,
      {},
      () => {
        isChanged = true
      },
      30,
    )
    const then = item.originalOutput as Awaited<ReturnType<typeof fn>>
    const now = item.result as Awaited<ReturnType<typeof fn>>
    expect([now.first, now.second]).toEqual([then.first, then.second])
    expect(now.third - now.second).toBeLessThan(20)
    const [one, two] = now.more
    expect(one?.[0]).toBeGreaterThanOrEqual(then.first)
    expect(one?.[0]).toBeLessThan(then.first + 20)
    expect(one?.[1]).not.toBe(two?.[1])
  })

  test('replayed from the middle of a trace sees its own clock and numbers', async () => {
    const { tracer, store, recorder } = newTape()
    const inner = tracer.traced('inner', async () => [Math.random(), Date.now()])
    const outer = tracer.traced('outer', deterministic, async () => [await inner(), await inner()])
    const recorded = await outer()
    await recorder.flush()
    const [summary] = (await store.traces.list()).items
    const trace = await store.traces.get(summary?.traceId ?? '')
    const spans = (trace?.spans ?? []).filter(({ key }) => key === 'inner')
    const { items } = await replay(inner, { store, spans })
    expect(items.map(({ result }) => result)).toEqual(recorded)
  })

  test('without the option sees the real clock and numbers', async () => {
    const tape = newTape()
    const fn = tape.tracer.traced('fn', async () => [Math.random(), Date.now()])
    const item = await recordAndReplay(tape, fn, {}, () => {}, 5)
    expect(item.result).not.toEqual(item.originalOutput)
  })
})
