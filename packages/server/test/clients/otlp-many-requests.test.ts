import type { Store } from '@runtape/core/store'
import { memoryStore } from '@runtape/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { startServer } from '../serve.ts'
import { type SentSpan, sendSpans } from './sent-spans.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A server, by which spans of one trace arrive. */
async function serverOf(store: Store) {
  const server = await startServer(store)
  ends.push(server.close)
  return async (sent: readonly SentSpan[]) => {
    const response = await sendSpans(server, sent)
    expect([response.status, await response.json()]).toEqual([200, {}])
  }
}

describe('a trace in many requests', () => {
  test('costs reads in proportion to its calls', async () => {
    const store = memoryStore()
    const read = { events: 0, spans: 0 }
    const counting: Store = {
      ...store,
      append: records => store.append(records),
      runs: {
        ...store.runs,
        get: async id => {
          const run = await store.runs.get(id)
          read.events += run?.events.length ?? 0
          return run
        },
      },
      traces: {
        ...store.traces,
        getSpan: (...asked) => {
          read.spans++
          return store.traces.getSpan(...asked)
        },
      },
    }
    const send = await serverOf(counting)
    const calls = 1000
    for (let n = 0; n < calls; n++) await send([{ spanId: n + 2, parent: 1, input: 3 }])
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { input: 3 * calls } })
    // Below 64 calls each request reads them: at most 2,016. Then 64, 128, 256 and 512.
    expect(read.events).toBeLessThan(3000)
    expect(read.spans).toBeLessThan(calls + 100)
  })

  test.each([
    ['the inner first', [3, 2, 1]],
    ['the outer first', [1, 2, 3]],
  ])('three spans of one call through three servers, %s, are billed once', async (_, order) => {
    const store = memoryStore()
    const chain: readonly SentSpan[] = [
      { spanId: 1, input: 5 },
      { spanId: 2, parent: 1, input: 4 },
      { spanId: 3, parent: 2, input: 5 },
    ]
    for (const n of order) await (await serverOf(store))(chain.filter(({ spanId }) => spanId === n))
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { input: 5, output: 1 } })
    expect((await store.health.get()).counts).toEqual([])
  })

  test('what a later span shows to be billed twice is a conflict in the health of the store', async () => {
    const store = memoryStore()
    const send = await serverOf(store)
    await send([{ spanId: 1, input: 5 }])
    await send([{ spanId: 3, parent: 2, input: 5 }])
    await send([{ spanId: 2, parent: 1 }])
    expect((await store.runs.usage({}))[0]?.tokens?.input).toBe(10)
    expect((await store.health.get()).counts).toMatchObject([{ kind: 'conflict', count: 1 }])
  })

  test('a request that the store refused is told again, and counts', async () => {
    const store = memoryStore()
    let isDown = true
    const failing: Store = {
      ...store,
      append: async records => {
        if (isDown) throw new Error('the disk is full')
        return store.append(records)
      },
    }
    const send = await serverOf(failing)
    await expect(send([{ spanId: 1, input: 5 }])).rejects.toThrow()
    isDown = false
    await send([{ spanId: 1, input: 5 }])
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { input: 5 } })
  })
})
