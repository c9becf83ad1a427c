import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Payload, SpanRecord } from '@runtape/core'
import { describe, expect, test, vi } from 'vitest'
import { createTracer } from '../../calls/traced.ts'
import { decodeValue } from '../decode.ts'
import { LazyPayload } from './lazy-payload.ts'

function writing(): { late: LazyPayload; times: () => number } {
  let times = 0
  const write = (): Payload => ({ json: String(++times) })
  return { late: new LazyPayload(write), times: () => times }
}

describe('a lazy payload', () => {
  test('is encoded once, in a later turn of the event loop', async () => {
    const { late, times } = writing()
    await Promise.resolve()
    expect(times()).toBe(0)
    await nextTurn()
    expect(times()).toBe(1)
    expect(late.get()).toEqual({ json: '1' })
    expect(late.get()).toBe(late.get())
  })

  test('is encoded even with a faked clock', async () => {
    const turn = nextTurn
    vi.useFakeTimers()
    try {
      const { times } = writing()
      await turn()
      expect(times()).toBe(1)
    } finally {
      vi.useRealTimers()
    }
  })

  test('is encoded at once by get()', async () => {
    const { late, times } = writing()
    expect(late.get()).toEqual({ json: '1' })
    await nextTurn()
    expect(times()).toBe(1)
  })
})

describe('a large input', () => {
  const large = () => ({
    texts: Array.from({ length: 100 }, (_, index) => `${index}`.repeat(1000)),
    at: new Date(0),
  })

  test.each(['while the call runs', 'before it runs'])(
    'is recorded as it was at the start of the call, even if changed %s',
    async when => {
      const spans: SpanRecord[] = []
      const sink = {
        append: (record: unknown) => spans.push(record as SpanRecord),
        flush: async () => {},
        close: async () => {},
      }
      const change = createTracer({ sink }).traced('change', async (input: ReturnType<typeof large>) => {
        if (when === 'while the call runs') await nextTurn()
        input.texts.length = 1
        input.at.setTime(1)
      })
      await change(large())
      expect(spans.map(({ input }) => decodeValue(input))).toEqual([[large()]])
    },
  )
})
