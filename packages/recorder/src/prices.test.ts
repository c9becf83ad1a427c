import type { MetricValue, PriceList, RunEvent } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { memoryStore, runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { createRecorder } from './create-recorder.ts'

const usage = { input: 100, output: 10, total: 110 }

/** Ten nanodollars a token, for the model `known` alone. */
const asked: unknown[][] = []
const prices: PriceList = {
  version: 'test@1',
  nanoUsd: (...question) => {
    asked.push(question)
    return question[0] === 'known' ? question[2].total * 10 : undefined
  },
}

const call = (fields: object = {}) => ({ status: 'success', durationMs: 5, usage, ...fields }) as const

function record(fields: Partial<RunEvent>, list: PriceList = prices, store: Store = memoryStore()) {
  asked.length = 0
  const warnings: string[] = []
  const logger = { warn: (message: string) => warnings.push(message) }
  const recorder = createRecorder({ store, prices: list, logger })
  const event = runEvent({
    modelName: 'known',
    providerName: 'vendor',
    metric: 'tokens',
    value: usage,
    ...fields,
  })
  const kept = recorder.append(event)
  const read = async () => (await store.runs.get(event.runId))?.events[0]
  return { event, recorder, warnings, kept, read }
}

describe('the cost of an event', () => {
  test('is on the record when append returns, with the version of the list', async () => {
    const { event, read } = record({ at: 5 })
    expect(await read()).toEqual({ ...event, cost: { nanoUsd: 1100, priceList: 'test@1' } })
    expect(asked).toEqual([['known', 'vendor', usage, 5]])
  })

  test("of a call is that of the call's model, otherwise of the run's model", async () => {
    const metric = 'call:1'
    const cost = { nanoUsd: 1100, priceList: 'test@1' }
    const own = record({ metric, modelName: 'other', value: call({ model: 'known' }) })
    expect(await own.read()).toMatchObject({ cost })
    expect(await record({ metric, value: call() }).read()).toMatchObject({ cost })
    expect(await record({ metric, modelName: '', value: call({ model: 'known' }) }).read()).toMatchObject({
      cost,
    })
  })

  test.each<[title: string, fields: Partial<RunEvent>]>([
    ['a model that the list does not know', { modelName: 'unknown' }],
    ['a resumed run, which has no model', { modelName: '' }],
    ['a call without usage', { metric: 'call:1', value: { status: 'error', durationMs: 1 } }],
    ['other metrics', { metric: 'duration', value: 5 }],
    ['what is made in a replay', { replay: { testRunId: 't', traceId: 'a'.repeat(32) } }],
  ])('is absent for %s', async (_, fields) => {
    const store = memoryStore()
    const events: unknown[] = []
    const appendSync: Store['appendSync'] = records => {
      events.push(...records)
      return { accepted: 1, duplicates: 0, conflicts: 0, conflicting: [] }
    }
    const { event, warnings } = record(fields, prices, { ...store, appendSync })
    expect(events).toEqual([event])
    expect(warnings).toEqual([])
  })

  test('stays the original one', async () => {
    const cost = { nanoUsd: 7, priceList: 'older@1' }
    expect(await record({ cost }).read()).toMatchObject({ cost })
    expect(asked).toEqual([])
  })

  test('is rounded once, to a whole number; zero means free', async () => {
    const giving = (nanoUsd: number) => record({}, { version: 'v', nanoUsd: () => nanoUsd }).read()
    expect((await giving(0.5))?.cost?.nanoUsd).toBe(1)
    expect((await giving(1234.49))?.cost?.nanoUsd).toBe(1234)
    expect((await giving(0))?.cost?.nanoUsd).toBe(0)
  })

  test('is kept with the event in the outbox', () => {
    const kept: RunEvent[] = []
    const outbox = {
      put: (events: readonly RunEvent[]) => void kept.push(...events),
      lease: () => [],
      acknowledge: () => {},
      release: () => {},
      setAside: () => {},
      size: () => 0,
      close: () => {},
    }
    const { appendSync: _, ...store } = memoryStore()
    createRecorder({ store, outbox, prices }).append(
      runEvent({ modelName: 'known', metric: 'tokens', value: usage }),
    )
    expect(kept).toMatchObject([{ cost: { nanoUsd: 1100 } }])
  })
})

describe('a price list', () => {
  test('that throws costs one warning and no event', async () => {
    const broken: PriceList = {
      version: 'v',
      nanoUsd: () => {
        throw new Error('no such tier.')
      },
    }
    const { event, recorder, warnings, kept, read } = record({}, broken)
    expect(recorder.append({ ...event, metric: 'call:1', value: call() })).toBe(true)
    expect(kept).toBe(true)
    expect(await read()).toEqual(event)
    expect(warnings).toEqual([
      `The price list failed at tokens of run ${event.runId}: no such tier. Such records are kept without a cost.`,
    ])
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'that returns the invalid amount %d is reported',
    async amount => {
      const { event, warnings, read } = record({}, { version: 'v', nanoUsd: () => amount })
      expect(await read()).toEqual(event)
      expect(warnings).toEqual([
        expect.stringContaining(`it returned ${amount} for known, which is not an amount.`),
      ])
    },
  )

  test.each([null, undefined])('that returns %s does not know the price', async answer => {
    const { event, warnings, read } = record({}, { version: 'v', nanoUsd: () => answer as never })
    expect(await read()).toEqual(event)
    expect(warnings).toEqual([])
  })

  test.each(['', '5', false, true, 5n, {}])('that returns %o has no amount, with a warning', async answer => {
    const { event, warnings, read } = record({}, { version: 'v', nanoUsd: () => answer as never })
    expect(await read()).toEqual(event)
    expect(warnings).toEqual([expect.stringContaining('which is not an amount')])
  })

  test.each([undefined, '', 5])('with the version %o still prices', async version => {
    const { read } = record({}, { version: version as never, nanoUsd: () => 5 })
    expect((await read())?.cost).toEqual({ nanoUsd: 5, priceList: 'unnamed price list' })
  })

  test('does not turn an invalid event into an error', async () => {
    const { kept, warnings } = record({ metric: 'call:1', value: null as unknown as MetricValue })
    expect(kept).toBe(false)
    expect(warnings).toEqual([expect.stringContaining('value must be an object')])
  })
})

test('without prices an event reaches the store as the same object', () => {
  const store = memoryStore()
  const seen: unknown[] = []
  const appendSync: Store['appendSync'] = records => {
    seen.push(...records)
    return { accepted: 1, duplicates: 0, conflicts: 0, conflicting: [] }
  }
  const event = runEvent({ metric: 'tokens', value: usage })
  createRecorder({ store: { ...store, appendSync } }).append(event)
  expect(seen[0]).toBe(event)
})
