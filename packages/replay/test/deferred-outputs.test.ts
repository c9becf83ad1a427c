import type { TapeRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { newTape, storeWith, ticks } from './tape.ts'

const never = () => new Promise<never>(() => {})
const large = (name: string) => ({ name, text: name.repeat(50_000) })

/** Three calls of a function that makes three calls with large outputs, and the spans loaded one by one. */
async function recorded(kept: Store = memoryStore()) {
  const tape = newTape(kept)
  const world = { version: '' }
  const child = tape.tracer.traced('child', { mockOnReplay: true }, async (name: string) => {
    await ticks(1)
    return large(name + world.version)
  })
  const fn = tape.tracer.traced('fn', async (id: number) => {
    const names: string[] = []
    for (const name of ['a', 'b', 'c']) names.push((await child(`${name}${id}`)).name)
    return names
  })
  for (const id of [1, 2, 3]) await fn(id)
  await tape.recorder.flush()
  const { items } = await tape.store.traces.list()
  const roots = await Promise.all(
    items.map(({ traceId, spanId }) => tape.store.traces.getSpan(traceId, spanId)),
  )
  const inOrder = roots.sort((a, b) => ((a?.input.json ?? '') < (b?.input.json ?? '') ? -1 : 1))
  const asked: string[] = []
  const getSpan: Store['traces']['getSpan'] = (traceId, spanId) => {
    asked.push(spanId)
    return tape.store.traces.getSpan(traceId, spanId)
  }
  const store = storeWith(tape.store, { traces: { getSpan } })
  return { ...tape, store, fn, child, world, asked, traceIds: inOrder.map(root => root?.traceId ?? '') }
}

/** The store, with `get` for the second output of the second trace. */
function second({ store, traceIds }: Awaited<ReturnType<typeof recorded>>, get: () => Promise<undefined>) {
  const getSpan: Store['traces']['getSpan'] = async (traceId, spanId) => {
    const span = await store.traces.getSpan(traceId, spanId)
    return traceId === traceIds[1] && span?.seq === 1 ? get() : span
  }
  return storeWith(store, { traces: { getSpan } })
}

describe('deferred large outputs', () => {
  test.each([
    ['memory', memoryStore],
    ['SQLite', () => sqliteStore(':memory:')],
  ])('are loaded once each, on demand, and answer as usual: %s', async (_, open) => {
    const { store, fn, traceIds, asked } = await recorded(open())
    const { items, summary } = await replay(fn, { store, traceIds, mock: 'all' })
    expect(summary).toMatchObject({ same: 3, served: 9, missed: 0, unused: 0 })
    expect(items[1]?.result).toEqual(['a2', 'b2', 'c2'])
    expect(new Set(asked).size).toBe(9)
    expect(asked).toHaveLength(9)
    const made = await store.traces.get(items[0]?.traceId ?? '')
    expect(JSON.parse(made?.spans[1]?.output?.json ?? '')).toEqual(large('a1'))
  })

  test('are not loaded without a reader', async () => {
    const { store, tracer, traceIds, asked } = await recorded()
    const changed = tracer.traced('fn', async (_id: number) => 1)
    await replay(changed, { store, traceIds, mock: 'all' })
    expect(asked).toEqual([])
  })

  test('are compared with those of calls that ran', async () => {
    const { store, fn, traceIds, world } = await recorded()
    const unchanged = await replay(fn, { store, traceIds })
    expect(unchanged.items.map(({ diff }) => diff?.changed)).toEqual([[], [], []])
    world.version = ' new'
    for (const whole of [false, true]) {
      const get = (id: string) => store.traces.get(id)
      const { items } = await replay(fn, {
        store: whole ? storeWith(store, { traces: { get } }) : store,
        traceIds,
      })
      const changed = { key: 'child', changed: ['output'] }
      expect(items[2]?.diff?.changed).toMatchObject([changed, changed, changed])
      expect(items[2]?.diff).toMatchObject({ added: [], removed: [], reordered: [] })
    }
  })

  test.each([
    ['are available at once for code that reads them', true],
    ['are all loaded before, if the store cannot load synchronously, for code that may read them', false],
  ])('%s', async (_, isEmbedded) => {
    const { store, fn, traceIds, asked } = await recorded()
    const atOnce: string[] = []
    const { getSpanSync: getNow } = store.traces
    const getSpanSync: Store['traces']['getSpanSync'] = (traceId, spanId) => {
      atOnce.push(spanId)
      return getNow?.(traceId, spanId)
    }
    const { getSpanSync: __, ...traces } = store.traces
    const looked = { ...store, traces: isEmbedded ? { ...traces, getSpanSync } : traces }
    const seen: unknown[] = []
    const child = ({ recordedOutput, node }: { recordedOutput: unknown; node: unknown }) => {
      seen.push(recordedOutput, node)
      return recordedOutput
    }
    const [traceId = ''] = traceIds
    const options = { store: looked, traceIds: [traceId] }
    const { summary } = await replay(fn, { ...options, overrides: { child } })
    expect(summary).toMatchObject({ same: 1, overridden: 3 })
    expect(seen[0]).toEqual(large('a1'))
    expect(seen[1]).toMatchObject({ output: { json: JSON.stringify(large('a1')) } })
    expect([atOnce.length, asked.length]).toEqual([isEmbedded ? 3 : 0, 0])
    const mock = ({ recordedOutput }: { recordedOutput: unknown }) => {
      return (recordedOutput as { name: string }).name === 'b1' ? ('live' as const) : ('recorded' as const)
    }
    expect((await replay(fn, { ...options, mock })).summary.served).toBe(2)
    // Two served outputs, and one compared output.
    expect(asked).toHaveLength(isEmbedded ? 3 : 0)
    await replay(fn, { ...options, mock: 'all', overrides: { child: large('x') } })
    expect([atOnce.length, asked.length]).toEqual(isEmbedded ? [6, 3] : [0, 0])
  })

  test('that no longer exist fail the item of code that reads them', async () => {
    const tape = await recorded()
    const getSpanSync = () => undefined
    const store = storeWith(tape.store, { traces: { getSpanSync } })
    const mock = ({ recordedOutput }: { recordedOutput: unknown }) => (recordedOutput ? 'live' : 'recorded')
    const { items } = await replay(tape.fn, { store, traceIds: tape.traceIds, mock })
    for (const { error } of items)
      expect(error).toMatch(/could not be read: it is no longer in the store\. The/)
  })

  test('are the recorded output of a replayed call in the middle', async () => {
    const { store, child, traceIds } = await recorded()
    const [traceId = ''] = traceIds
    const spanId = (await store.traces.get(traceId))?.spans[2]?.spanId ?? ''
    const { items } = await replay(child, { store, spans: [{ traceId, spanId }] })
    expect(items[0]).toMatchObject({ originalOutput: large('b1'), result: large('b1'), same: true })
  })

  test('reach an unawaited call before the item is over', async () => {
    const { store, tracer, recorder } = newTape()
    const log = tracer.traced('log', { mockOnReplay: true }, async () => large('log'))
    const fn = tracer.traced('fn', async () => {
      void log()
      return 1
    })
    await fn()
    await ticks(2)
    await recorder.flush()
    const getSpan: Store['traces']['getSpan'] = async (...ids) => {
      await new Promise(resolve => setTimeout(resolve, 20).unref())
      return store.traces.getSpan(...ids)
    }
    const late = storeWith(store, { traces: { getSpan } })
    const { items } = await replay(fn, { store: late, mock: 'marked' })
    expect(items[0]).toMatchObject({ same: true, diff: { added: [], removed: [], changed: [] } })
  })

  test('work for two concurrent replays', async () => {
    const { store, fn, traceIds } = await recorded()
    const both = await Promise.all([1, 2].map(() => replay(fn, { store, traceIds, mock: 'all' })))
    for (const { summary } of both) expect(summary).toMatchObject({ same: 3, served: 9 })
  })
})

describe('a store that fails to load an output', () => {
  const cases: [string, () => Promise<undefined>, RegExp][] = [
    ['fails', () => Promise.reject(new Error('connection lost')), /could not be read: connection lost/],
    ['has lost it', async () => undefined, /could not be read: it is no longer in the store/],
  ]

  test.each(cases)(
    'because it %s fails that item with the reason, whatever its code does',
    async (_, get, message) => {
      const tape = await recorded()
      const { tracer, traceIds } = tape
      const child = tracer.traced('child', { mockOnReplay: true }, async (name: string) => large(name))
      const names = (id: number) => Promise.all(['a', 'b', 'c'].map(name => child(`${name}${id}`)))
      const failing = tracer.traced('fn', async (id: number) => (await names(id)).map(({ name }) => name))
      const catching = tracer.traced('fn', async (id: number) => {
        const all = await names(id).catch(() => [large('x')])
        return all.map(({ name }) => name)
      })
      for (const fn of [failing, catching]) {
        const { items } = await replay(fn, { store: second(tape, get), traceIds, mock: 'marked' })
        expect(items.map(({ error }) => error === null)).toEqual([true, false, true])
        expect(items[1]?.error).toMatch(message)
        expect(items[1]?.error).toMatch(
          /'child' \(span [0-9a-f]{16}\) of trace [0-9a-f]{32}.*replay it again/,
        )
        expect(items[1]).toMatchObject({ thrown: { code: 'store-unusable' }, same: false })
      }
    },
  )

  test('even if it is only compared', async () => {
    const tape = await recorded()
    const [, get, message] = cases[0] ?? expect.fail()
    const { items } = await replay(tape.fn, { store: second(tape, get), traceIds: tape.traceIds })
    expect(items.map(({ error }) => error === null)).toEqual([true, false, true])
    expect(items[1]?.error).toMatch(message)
  })

  test('and never answers delays no item beyond its time limit, or the stop of the replay', async () => {
    const tape = await recorded()
    const store = second(tape, never)
    const limited = await replay(tape.fn, { store, traceIds: tape.traceIds, mock: 'all', itemTimeoutMs: 100 })
    expect(limited.items[1]?.error).toMatch(/had not ended after 100 ms/)
    expect(limited.summary.same).toBe(2)
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('enough')), 100)
    const stopped = await replay(tape.fn, {
      store,
      traceIds: tape.traceIds,
      mock: 'all',
      signal: stop.signal,
    })
    expect(stopped.items[1]?.error).toMatch(/was stopped: enough/)
    expect(stopped).toMatchObject({ status: 'interrupted', summary: { same: 2 } })
  })

  test('does not end the process if the call is not awaited', async () => {
    const tape = await recorded()
    const { tracer, traceIds } = tape
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    const child = tracer.traced('child', { mockOnReplay: true }, async (name: string) => large(name))
    const fn = tracer.traced('fn', async (id: number) => {
      void child(`b${id}`)
      await ticks(5)
      return ['a', 'b', 'c']
    })
    const failing = second(tape, () => Promise.reject(new Error('connection lost')))
    const { items } = await replay(fn, { store: failing, traceIds, mock: 'marked' })
    await ticks(5)
    process.off('unhandledRejection', note)
    expect(items[1]?.error).toMatch(/connection lost/)
    expect(unhandled).toEqual([])
  })
})

describe('what a replay records', () => {
  test('is written early if it is large, and not completely in memory', async () => {
    const tape = newTape()
    const child = tape.tracer.traced('child', async (id: number) => String(id).repeat(1_000_000))
    const fn = tape.tracer.traced('fn', async () => {
      let sum = 0
      // As many as the recorder buffers.
      for (let id = 0; id < 30; id++) sum += (await child(id)).length
      return sum
    })
    await fn()
    await tape.recorder.flush()
    let waiting = 0
    let most = 0
    const sizeOf = (record: TapeRecord) => (record.kind === 'span' ? (record.output?.json.length ?? 0) : 0)
    const append: Store['append'] = async records => {
      const size = records.reduce((sum, record) => sum + sizeOf(record), 0)
      waiting += size
      most = Math.max(most, waiting)
      await new Promise(resolve => setTimeout(resolve, 5))
      waiting -= size
      return tape.store.append(records)
    }
    const store = storeWith(tape.store, { append })
    for (const mock of ['none', 'all'] as const) {
      most = 0
      const { items, summary } = await replay(fn, { store, mock })
      expect(summary.same).toBe(1)
      expect(most).toBeLessThan(16_000_000)
      expect((await tape.store.traces.get(items[0]?.traceId ?? ''))?.spans).toHaveLength(31)
    }
  })
})
