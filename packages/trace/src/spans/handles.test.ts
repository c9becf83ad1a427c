import { currentFrame } from '@runtape/core/internal'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore } from '@runtape/testing'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { cpuMs } from '../../test/cpu-ms.ts'
import { tape } from '../../test/tape.ts'
import { currentSpan, currentTrace } from './handles.ts'

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

describe('the handle of the running call', () => {
  test('sets metadata, tags and a session id on its span', async () => {
    const { traced, of } = tape()
    const inner = traced('inner', async () => {
      currentSpan()?.setMetadata({ plan: 'pro', tries: 1 })
      await later(1)
      currentSpan()?.setMetadata({ tries: 2 })
      currentSpan()?.addTags('slow', 'eu')
      currentSpan()?.addTags('eu')
      currentSpan()?.setSessionId('s-1')
    })
    await traced('outer', () => inner())()
    expect(of('inner')).toMatchObject({
      metadata: { plan: 'pro', tries: 2 },
      tags: ['slow', 'eu'],
      sessionId: 's-1',
    })
    const { metadata, tags, sessionId } = of('outer')
    expect([metadata, tags, sessionId]).toEqual([undefined, undefined, undefined])
  })

  test('knows the ids of its span', () => {
    const { traced, only } = tape()
    const seen = traced('call', () => currentSpan())()
    expect(seen).toMatchObject({ traceId: only().traceId, spanId: only().spanId })
  })

  test('records metadata as it was, as plain JSON without secrets', () => {
    const { traced, only } = tape()
    traced('call', () => {
      const metadata = { at: new Date(0), total: 12n, password: 'x', nested: { list: [1] } }
      currentSpan()?.setMetadata(metadata)
      metadata.nested.list.push(2)
    })()
    expect(only().metadata).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      total: '12',
      password: '[redacted]',
      nested: { list: [1] },
    })
  })

  test('warns about invalid values, and continues', () => {
    const said: string[] = []
    const { traced, only } = tape({ maxPayloadBytes: 50, logger: { warn: message => said.push(message) } })
    traced('call', () => {
      currentSpan()?.setMetadata({ text: 'x'.repeat(100) })
      currentSpan()?.setMetadata('text' as never)
      currentSpan()?.addTags(1 as never)
      currentSpan()?.setSessionId(undefined as never)
    })()
    expect(only()).not.toHaveProperty('metadata')
    expect(only()).not.toHaveProperty('tags')
    expect(only()).not.toHaveProperty('sessionId')
    expect(said.map(message => message.split(' ')[0])).toEqual([
      'Metadata',
      'setMetadata',
      'addTags',
      'setSessionId',
    ])
  })

  test('has no effect after the end of the call, apart from a warning', () => {
    const said: string[] = []
    const { traced, only } = tape({ logger: { warn: message => said.push(message) } })
    const handle = traced('call', () => currentSpan())()
    handle?.addTags('late')
    handle?.drop()
    expect(only().tags).toBeUndefined()
    expect(said).toEqual([
      'A span of call has ended and its sink has it, so its tags stays unchanged.',
      'A span of call has ended and its sink has it, so drop() came too late: the span is kept, and the calls under it are dropped.',
    ])
  })

  test('is undefined outside of a call', () => {
    expect(currentSpan()).toBeUndefined()
    expect(currentTrace()).toBeUndefined()
    currentSpan()?.addTags('nobody')
    currentTrace()?.drop()
  })
})

describe('the handle of the trace', () => {
  test('sets the values on the root span, from any depth', async () => {
    const { traced, of } = tape()
    const leaf = traced('leaf', async () => {
      await later(1)
      currentTrace()?.setSessionId('s-7')
      currentTrace()?.addTags('vip')
      currentTrace()?.setMetadata({ tenant: 't-1' })
    })
    await traced('root', async () => traced('middle', () => leaf())())()
    expect(of('root')).toMatchObject({ sessionId: 's-7', tags: ['vip'], metadata: { tenant: 't-1' } })
    expect(of('leaf').tags).toBeUndefined()
  })
})

describe('a dropped span', () => {
  test('is not recorded, nor are its children; the rest of the trace is', async () => {
    const { traced, spans } = tape()
    const leaf = traced('leaf', async () => later(1))
    const secret = traced('secret', async () => {
      const open = leaf()
      currentSpan()?.drop()
      await traced('under', leaf)()
      await open
      expect(currentFrame()?.span).toBeDefined()
      return 'result'
    })
    await traced('root', async () => {
      await leaf()
      expect(await secret()).toBe('result')
      await leaf()
    })()
    expect(spans.map(span => span.key)).toEqual(['leaf', 'secret', 'leaf', 'root'])
    const [, stub, , root] = spans
    expect(stub).toEqual({
      kind: 'span',
      traceId: root?.traceId,
      spanId: stub?.spanId,
      parentSpanId: root?.spanId,
      seq: 1,
      key: 'secret',
      name: 'secret',
      type: 'function',
      startedAt: root?.startedAt,
      durationMs: 0,
      startOrder: expect.any(Number),
      endOrder: expect.any(Number),
      input: { json: 'null', redacted: ['$'] },
      resultKind: 'value',
      status: 'unfinished',
      metadata: {
        'runtape.dropped': {
          salt: expect.stringMatching(/^[\w-]{16}$/),
          tag: expect.stringMatching(/^[0-9a-f]{3}$/),
        },
      },
    })
  })

  test('does not affect calls that ended before', () => {
    const { traced, spans } = tape()
    const leaf = traced('leaf', () => 1)
    traced('root', () => {
      leaf()
      currentSpan()?.drop()
      leaf()
    })()
    expect(spans.map(span => span.key)).toEqual(['leaf'])
  })

  test('drops deep open descendants, and no other calls, in linear time', async () => {
    const { traced, spans } = tape()
    const gate = Promise.withResolvers<void>()
    const down: (n: number) => Promise<void> = traced('down', async n => {
      await null
      return n === 0 ? gate.promise : down(n - 1)
    })
    const kept = traced('kept', () => down(60_000))
    const started = cpuMs()
    await traced('root', async () => {
      const secret = traced('secret', async () => {
        const handle = currentSpan()
        const deep = down(20_000)
        await later(200)
        handle?.drop()
        gate.resolve()
        await deep
      })
      await Promise.all([secret(), kept()])
    })()
    // Searching all ancestors of each call would take many minutes.
    expect(cpuMs() - started).toBeLessThan(15_000)
    expect(spans).toHaveLength(60_001 + 3)
    const others = spans.filter(({ key }) => key !== 'down')
    expect(others.map(span => span.key)).toEqual(['secret', 'kept', 'root'])
  })
})

test('stubs of equal inputs differ between traces, and stay short for any input', () => {
  const { traced, spans } = tape()
  const secret = traced('secret', (_input: unknown) => currentSpan()?.drop())
  const root = traced('root', (input: unknown) => secret(input))
  for (let call = 0; call < 20; call++) root({ pin: 1234 })
  root('x'.repeat(100_000))
  const stubs = spans.filter(({ key }) => key === 'secret').map(({ metadata }) => JSON.stringify(metadata))
  expect(new Set(stubs).size).toBe(21)
  expect(stubs.every(text => text.length < 100)).toBe(true)
})

test('open calls under a dropped, ended call leave stubs', async () => {
  const { traced, spans } = tape()
  const gate = Promise.withResolvers<void>()
  const open = traced('open', () => gate.promise)
  let opened: Promise<unknown> = Promise.resolve()
  let handle: ReturnType<typeof currentSpan>
  const middle = traced('middle', () => {
    handle = currentSpan()
    opened = open()
  })
  await traced('root', async () => {
    middle()
    handle?.drop()
    gate.resolve()
    await opened
  })()
  expect(spans.map(({ key, status }) => `${key} ${status}`)).toEqual([
    'middle ok',
    'open unfinished',
    'root ok',
  ])
})

test('a dropped trace is not recorded, nor are its later calls', async () => {
  const { traced, spans } = tape()
  const leaf = traced('leaf', async () => later(1))
  let after: Promise<unknown> = Promise.resolve()
  await traced('root', async () => {
    await traced('middle', async () => {
      currentTrace()?.drop()
      await leaf()
    })()
    await leaf()
    after = later(5).then(leaf)
  })()
  await after
  expect(spans).toEqual([])
  await leaf()
  expect(spans).toHaveLength(1)
})

test.each([
  ['a memory store', () => memoryStore()],
  ['a SQLite store', () => sqliteStore(':memory:')],
])('a run and its trace link to each other in %s', async (_name, open) => {
  const store = open()
  const recorder = createRecorder({ store })
  const { traced } = tape({ sink: recorder })
  const ask = traced('ask', { type: 'model' }, async (question: string) => question.length)
  let runId = ''
  const answer = traced('answer', async () => {
    const tracker = createTracker({ configKey: 'support', sink: recorder })
    runId = tracker.runId
    return tracker.run(() => ask('how much?'))
  })
  await answer()
  await answer()
  await recorder.flush()
  const { items } = await store.traces.list({ runId })
  expect(items.map(item => item.key)).toEqual(['answer'])
  const trace = await store.traces.get(items[0]?.traceId ?? '')
  expect(trace?.spans.map(span => [span.key, span.runId])).toEqual([
    ['answer', undefined],
    ['ask', runId],
  ])
  expect((await store.runs.get(runId))?.traceId).toBe(trace?.traceId)
  await recorder.close()
  await store.close()
})
