import { decodeValue } from '@runtape/trace'
import { Bitfab, flushTraces, getCurrentTrace } from 'bitfab'
import { describe, expect, test } from 'vitest'
import { setUp, spansIn, versionOf, withContexts } from './application.ts'

withContexts()

async function start() {
  const place = await setUp()
  const client = new Bitfab({ apiKey: place.server.key, serviceUrl: place.server.url })
  return { ...place, client }
}

/** The end of a trace is sent once its root has arrived. */
async function flush() {
  for (let round = 0; round < 3; round++) {
    await flushTraces()
    await new Promise(setImmediate)
  }
}

const values = {
  at: new Date(0),
  big: 10n,
  map: new Map<unknown, unknown>([['a.b', new Map([[1n, new Set([undefined])]])]]),
  url: new URL('https://runtape.dev/a'),
  pattern: /a\/b/gi,
  numbers: [Number.NaN, -0, Number.POSITIVE_INFINITY],
  'dotted.name': { 'back\\slash': undefined },
  bytes: new Float32Array([1.5, -2]),
  failure: new TypeError('no'),
}

describe(`client: bitfab ${versionOf('bitfab')}`, () => {
  test('arrives: spans of withSpan as a trace, with inputs, outputs, types and errors', async () => {
    const { client, store } = await start()
    const tool = client.withSpan('agent', { name: 'tool', type: 'function' }, (text: string) => `${text}!`)
    const model = client.withSpan('agent', { name: 'model', type: 'llm' }, async () => {
      throw new Error('busy')
    })
    const agent = client.withSpan('agent', { name: 'root', type: 'agent' }, async (text: string) => {
      await model().catch(() => {})
      return Promise.all([tool(text), tool('b')])
    })
    await agent('a')
    await flush()
    const spans = await spansIn(store)
    expect(spans.map(({ name, type, status }) => [name, type, status]).sort()).toEqual([
      ['model', 'model', 'error'],
      ['root', 'agent', 'ok'],
      ['tool', 'function', 'ok'],
      ['tool', 'function', 'ok'],
    ])
    const root = spans.find(({ name }) => name === 'root')
    expect(root).toMatchObject({ key: 'agent', input: { json: '["a"]' }, output: { json: '["a!","b!"]' } })
    expect(spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId)).toHaveLength(3)
    expect(spans.find(({ status }) => status === 'error')?.error).toMatchObject({ message: 'busy' })
  })

  test('arrives: dates, maps, sets, big integers, bytes, regular expressions, URLs and errors, with their types', async () => {
    const { client, store } = await start()
    client.withSpan('values', (_: unknown) => values)(values)
    await flush()
    const [span] = await spansIn(store)
    expect(span?.output?.lossy).toBeUndefined()
    expect(span?.output && decodeValue(span.output)).toEqual(values)
    expect(span && decodeValue(span.input)).toEqual([values])
  })

  test('arrives: async generators, with what they yielded, as a value', async () => {
    const { client, store } = await start()
    const stream = client.withSpan('stream', async function* () {
      yield 1
      yield 2
    })
    for await (const _ of stream());
    await flush()
    expect((await spansIn(store))[0]?.output?.json).toBe('{"yielded":[1,2],"return":null}')
  })

  test('lost: sessions, metadata and contexts of traces, because they come after the root, which does not change', async () => {
    const { client, store } = await start()
    client.withSpan('of a session', () => getCurrentTrace().setSessionId('s'))()
    await flush()
    expect((await spansIn(store)).map(({ sessionId }) => sessionId)).toEqual([undefined])
  })
})
