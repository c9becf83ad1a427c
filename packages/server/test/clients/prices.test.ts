import type { PriceList, TokenUsage } from '@runtape/core'
import { createServer } from '@runtape/server'
import { memoryStore } from '@runtape/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { startServer } from '../serve.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  vi.restoreAllMocks()
})

const flatRate: PriceList = {
  version: 'house@1',
  nanoUsd: (model, _provider, usage: TokenUsage) => {
    if (model === 'broken-model') throw new Error('no such list')
    return model === 'house-model' ? usage.total * 250 : undefined
  },
}

async function start(prices?: PriceList) {
  const store = memoryStore()
  const server = await startServer(store, {}, undefined, prices)
  ends.push(server.close)
  let calls = 0
  const send = async (model: string) => {
    const id = (++calls).toString(16).padStart(16, '0')
    const times = { startTimeUnixNano: '1767225600000000000', endTimeUnixNano: '1767225601000000000' }
    const numbers = { 'gen_ai.usage.input_tokens': 800, 'gen_ai.usage.output_tokens': 200 }
    const texts = { 'gen_ai.operation.name': 'chat', 'gen_ai.response.model': model }
    const attributes = [
      ...Object.entries(numbers).map(([key, intValue]) => ({ key, value: { intValue } })),
      ...Object.entries(texts).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    ]
    const span = { traceId: id.repeat(2), spanId: id, name: 'chat', ...times, attributes }
    const request = {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    }
    // Twice, as after a lost answer.
    for (const _ of [1, 2]) expect((await fetch(`${server.url}/v1/otlp/v1/traces`, request)).status).toBe(200)
  }
  return { store, send }
}

describe('prices at receipt', () => {
  test('a call has its price once, and a model without one is unpriced', async () => {
    const { store, send } = await start(flatRate)
    await send('house-model')
    await send('unknown-model')
    expect((await store.runs.usage({}))[0]).toMatchObject({
      runs: 2,
      cost: { nanoUsd: 250_000, unpricedRuns: 1 },
    })
    const events = (await store.runs.list()).items.flatMap(run => run.events)
    const costs = events.filter(({ metric }) => metric.startsWith('call:')).map(({ cost }) => cost)
    expect(costs.filter(cost => cost)).toEqual([{ nanoUsd: 250_000, priceList: 'house@1' }])
  })

  test('without a list there is no cost', async () => {
    const { store, send } = await start()
    await send('house-model')
    expect((await store.runs.list()).items[0]?.events[0]?.cost).toBeUndefined()
  })

  test('a list that throws loses no call, and is named once', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { store, send } = await start(flatRate)
    await send('broken-model')
    await send('broken-model')
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 2, tokens: { total: 2000 } })
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/price list failed at .*no such list/)]])
  })

  test('something else in place of a list is refused', () => {
    const project = { store: memoryStore(), keys: { list: () => [] } }
    expect(() => createServer({ projects: { a: { ...project, prices: {} as PriceList } } })).toThrow(
      /prices of project "a" must be a price list/,
    )
  })
})
