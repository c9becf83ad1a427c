import { once } from 'node:events'
import type { Sink } from '@runtape/core'
import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { createTracer, samplingSink, type Tracer } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/index.ts'

const never = () => new Promise<string>(() => {})

/** Races a call that never ends, next to an endless stream, against one that ends. */
function program(tracer: Tracer) {
  const lost = tracer.traced('lost', { mockOnReplay: true }, never)
  const won = tracer.traced('won', { mockOnReplay: true }, async () => 'won')
  const ticks = tracer.traced('ticks', { mockOnReplay: true }, async function* () {
    yield 1
    await never()
  })
  return tracer.traced('fn', async () => {
    const first = await ticks().next()
    return [first.value, await Promise.race([lost(), won()])]
  })
}

describe('open calls at the close of their recorder are on its tape', () => {
  test.each<readonly [string, (recorder: Sink) => Sink]>([
    ['behind a tracer', recorder => recorder],
    ['behind a sampler', recorder => samplingSink(recorder, { rate: 1 })],
  ])('%s', async (_what, sinkOf) => {
    const store = memoryStore()
    const sink = sinkOf(createRecorder({ store }))
    const fn = program(createTracer({ sink }))
    const live = await fn()
    await sink.close()
    const { items } = await store.traces.list()
    const trace = await store.traces.get(items[0]?.traceId ?? '')
    expect(trace?.spans.map(({ key, status }) => `${key} ${status}`)).toEqual([
      'fn ok',
      'ticks unfinished',
      'lost unfinished',
      'won ok',
    ])
    const report = await replay(fn, { store, mock: 'all' })
    expect(report.items[0]).toMatchObject({ same: true, result: live, mocks: { missed: [], unused: [] } })
  })

  test('and those of another recorder continue', async () => {
    const [store, others] = [memoryStore(), memoryStore()]
    const [recorder, other] = [createRecorder({ store }), createRecorder({ store: others })]
    const controller = new AbortController()
    const wait = createTracer({ sink: other }).traced('wait', async () => {
      await once(controller.signal, 'abort')
      return 'done'
    })
    const waiting = wait()
    await createTracer({ sink: recorder }).traced('fn', async () => 1)()
    await recorder.close()
    controller.abort()
    await waiting
    await other.close()
    const { items } = await others.traces.list()
    const trace = await others.traces.get(items[0]?.traceId ?? '')
    expect(trace?.spans).toMatchObject([{ key: 'wait', status: 'ok', output: { json: '"done"' } }])
  })
})
