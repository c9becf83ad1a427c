import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SpanRecord } from '@runtape/core'
import { droppedTag } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer, currentSpan, currentTrace, samplingSink } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { type ReplayOptions, replay } from '../src/index.ts'
import { exportTape, tapeStore } from '../src/tapes/index.ts'
import { newTape } from './tape.ts'

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** The executed charges, and switches that make a call drop its trace or itself. */
function shop(store?: Store) {
  const tape = newTape(store)
  const { traced } = tape.tracer
  const charged: number[] = []
  const drops = { trace: false, child: false }
  const charge = traced('charge', { type: 'tool', mockOnReplay: true }, async (cents: number) => {
    charged.push(cents)
    return { cents }
  })
  return { ...tape, traced, charged, drops, charge }
}

const kept = async (store: Store, traceId: string | null | undefined): Promise<readonly SpanRecord[]> =>
  (await store.traces.get(traceId ?? ''))?.spans ?? []

describe.each(['marked', 'all'] as const)('a replay under %s whose trace drops itself', mock => {
  test.each([
    ['at once', () => currentTrace()?.drop()],
    ['from inside a call', undefined],
    ['by the span of its root', () => currentSpan()?.drop()],
  ])('%s runs nothing, and keeps its report and trace', async (_when, drop) => {
    const { store, recorder, traced, charged, drops, charge, logger, warnings } = shop()
    const check = traced('check', async () => drops.trace && !drop && currentTrace()?.drop())
    const answer = traced('answer', async (cents: number) => {
      if (drops.trace) drop?.()
      await check()
      const first = await charge(cents)
      await later(1)
      return [first, await charge(cents + 1)]
    })
    await answer(7)
    await answer(8)
    await recorder.flush()
    charged.length = 0
    drops.trace = true
    const { items, summary } = await replay(answer, { store, mock, logger })
    expect(charged).toEqual([])
    expect(summary).toMatchObject({ same: 2, missed: 0, pass: true })
    expect(warnings).toEqual([])
    for (const { traceId } of items)
      expect((await kept(store, traceId)).find(({ key }) => key === 'answer')?.output?.json).toContain(
        'cents',
      )
  })
})

describe('a call that drops itself', () => {
  const record = async (store?: Store) => {
    const given = shop(store)
    const { traced, charge, recorder } = given
    const secret = traced('secret', async (pin: number) => {
      currentSpan()?.drop()
      const { cents } = await charge(pin)
      return `secret of ${cents}`
    })
    const answer = traced('answer', async (pin: number) => {
      const plain = await charge(5)
      try {
        return [plain, await secret(pin)]
      } catch (error) {
        return [plain, String(error)]
      }
    })
    await answer(4242)
    await recorder.flush()
    given.charged.length = 0
    return { ...given, answer, secret }
  }

  test('is a miss under all, with the reason, and nothing runs', async () => {
    const { store, answer, charged } = await record()
    const { items } = await replay(answer, { store, mock: 'all' })
    expect(charged).toEqual([])
    expect(items[0]?.mocks.missed).toMatchObject(
      [{ key: 'secret', reason: /dropped/ }].map(m => ({ ...m, reason: expect.stringMatching(m.reason) })),
    )
    expect(items[0]?.mocks.served).toMatchObject([{ key: 'charge' }])
  })

  test('runs under marked, its calls are misses with the reason, and its record is again a stub', async () => {
    const { store, answer, charged } = await record()
    const { items } = await replay(answer, { store, mock: 'marked' })
    expect(charged).toEqual([])
    expect(items[0]?.mocks.missed).toMatchObject([
      {
        key: 'charge',
        reason: expect.stringContaining("the recorded call of 'secret' around it was dropped"),
      },
    ])
    expect(items[0]?.diff).toMatchObject({ added: [], removed: [], changed: [] })
    const spans = await kept(store, items[0]?.traceId)
    const stubs = spans.filter(span => droppedTag(span))
    expect(stubs.map(({ key }) => key)).toContain('secret')
    const { testRunId, sourceTraceId } = spans[0]?.replay ?? { testRunId: '', sourceTraceId: '' }
    // The random id may contain these digits.
    const text = (value: unknown) => JSON.stringify(value).replaceAll(testRunId, '')
    expect(text(spans.filter(({ parentSpanId }) => parentSpanId !== undefined))).not.toContain('4242')
    const item = await store.testRuns.item(testRunId, { sourceTraceId })
    expect(item?.calls.map(({ kind, key }) => `${kind} ${key}`)).toContain('missed charge')
    expect(text(item?.calls)).not.toContain('4242')
  })

  test('can be overridden', async () => {
    const { store, answer } = await record()
    const options: ReplayOptions = { store, mock: 'all', overrides: { secret: 'said' } }
    const { items } = await replay(answer, options as never)
    expect(items[0]?.result).toEqual([{ cents: 5 }, 'said'])
  })

  test('never answers, or takes the answer of, its siblings', async () => {
    const { store, traced, recorder } = shop()
    const step = traced('step', async (n: number) => {
      if (n % 2) currentSpan()?.drop()
      return n
    })
    const steps = (order: readonly number[]) => Promise.allSettled(order.map(async n => step(n)))
    let order = [0, 1, 2, 3, 4]
    const answer = traced('answer', async () =>
      (await steps(order)).map(each => (each.status === 'fulfilled' ? each.value : 'miss')),
    )
    await answer()
    await recorder.flush()
    const replayed = async () => (await replay(answer, { store, mock: 'all' })).items[0]
    expect((await replayed())?.result).toEqual([0, 'miss', 2, 'miss', 4])
    order = [3, 4, 1, 0, 2]
    expect((await replayed())?.result).toEqual(['miss', 4, 'miss', 0, 2])
    expect((await replayed())?.mocks).toMatchObject({ drifted: [], unused: [] })
  })

  test('cannot itself be replayed, with the reason', async () => {
    const { store, answer, secret } = await record()
    const {
      items: [listed],
    } = await store.traces.list({ key: 'answer', limit: 1 })
    const stub = (await kept(store, listed?.traceId)).find(span => droppedTag(span))
    const spans = [{ traceId: listed?.traceId ?? '', spanId: stub?.spanId ?? '' }]
    const { items } = await replay(secret, { store, spans })
    expect(items[0]?.error).toContain('dropped by drop()')
    void answer
  })

  test('passes through a tape file without a trace of its input', async () => {
    const { store, answer } = await record()
    const folder = mkdtempSync(join(tmpdir(), 'runtape-dropped-'))
    const {
      items: [item],
    } = await store.traces.list({ key: 'answer', limit: 1 })
    await exportTape(store, item?.traceId ?? '', folder)
    const tapes = tapeStore(folder)
    const { items } = await replay(answer, { store: tapes, mock: 'all' })
    expect(items[0]?.mocks.missed).toMatchObject([{ reason: expect.stringContaining('dropped') }])
    const [file = ''] = readdirSync(folder)
    const { spans } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { spans: SpanRecord[] }
    const stub = spans.find(({ key }) => key === 'secret')
    expect(stub).toMatchObject({ input: { value: null, redacted: ['$'] } })
    expect(stub).not.toHaveProperty('output')
  })

  test('passes through SQLite and a sampler', async () => {
    const store = sqliteStore(':memory:')
    const recorder = createRecorder({ store })
    const { traced } = createTracer({ sink: samplingSink(recorder, { rate: 1 }) })
    const secret = traced('secret', (_pin: number) => currentSpan()?.drop())
    const answer = traced('answer', (pin: number) => secret(pin))
    answer(7)
    await recorder.flush()
    const {
      items: [item],
    } = await replay(answer, { store, mock: 'all' })
    expect(item?.mocks.missed).toMatchObject([{ key: 'secret', reason: expect.stringContaining('dropped') }])
    expect((await store.traces.list({ limit: 10 })).items.map(({ key }) => key)).toEqual(['answer'])
    await recorder.close()
    await store.close()
  })
})
