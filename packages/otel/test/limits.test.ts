import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { otelSink } from '../src/index.ts'
import { modelCall, record, setUp } from './set-up.ts'

const given = setUp()

afterEach(() => void vi.unstubAllEnvs())

describe('texts', () => {
  test.each(['name', 'key'])('a %s with half a character is sent as valid UTF-8', field => {
    given.trace().append(record({ [field]: 'cut \ud83d' }))
    const [span] = given.spans()
    for (const text of [span?.name, ...Object.values(span?.attributes ?? {})])
      if (typeof text === 'string') expect(text.isWellFormed()).toBe(true)
  })

  test('so are errors, tags and content', () => {
    const half = '\ud83d'
    const error = {
      name: half,
      message: half,
      value: { json: JSON.stringify({ stack: half }).replace('\\ud83d', half) },
    }
    given
      .trace({ content: true })
      .append(record({ status: 'error', error, tags: [half], output: { json: `"${half}"` } }))
    const [span] = given.spans()
    const texts = [
      span?.status.message,
      ...Object.values(span?.events[0]?.attributes ?? {}),
      ...Object.values(span?.attributes ?? {}),
    ].flat()
    for (const text of texts) if (typeof text === 'string') expect(text.isWellFormed()).toBe(true)
  })
})

describe('limits', () => {
  const content = (url: string) => [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }]
  const call = (messages: unknown) =>
    modelCall({ input: { json: JSON.stringify([{ model: 'm', messages }]) } })

  test('an image of 6 MB leaves a note of its type and length', () => {
    given.trace({ content: true }).append(call(content(`data:image/png;base64,${'A'.repeat(8_000_000)}`)))
    const text = String(given.spans()[0]?.attributes['gen_ai.input.messages'])
    expect(JSON.parse(text)[0].parts).toEqual([
      {
        type: 'generic',
        generic_type: 'omitted_blob',
        modality: 'image',
        mime_type: 'image/png',
        length: 8_000_000,
      },
    ])
  })

  test('a content that is too long is left out whole, named and counted', () => {
    given.trace({ content: true }).append(call([{ role: 'user', content: 'a'.repeat(2_000_000) }]))
    const [span] = given.spans()
    expect(span?.attributes).not.toHaveProperty(['gen_ai.input.messages'])
    expect(span?.attributes['runtape.omitted']).toEqual(['gen_ai.input.messages'])
    expect(span?.droppedAttributesCount).toBe(1)
  })

  test.each([
    ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', '3'],
    ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', '3'],
  ])('%s cuts texts', (name, value) => {
    vi.stubEnv(name, value)
    given.trace().append(record({ tags: ['abcdef'] }))
    expect(given.spans()[0]?.attributes).toMatchObject({ 'runtape.key': 'ord', 'runtape.tags': ['abc'] })
  })

  test('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT drops attributes and counts them', () => {
    vi.stubEnv('OTEL_ATTRIBUTE_COUNT_LIMIT', '1')
    vi.stubEnv('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '2')
    given.trace().append(record())
    const [span] = given.spans()
    expect(Object.keys(span?.attributes ?? {})).toHaveLength(2)
    expect(span?.droppedAttributesCount).toBe(1)
  })

  test.each(['', 'many', '-5'])('a limit of %j is none', value => {
    vi.stubEnv('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', value)
    given.trace().append(record())
    expect(given.spans()[0]?.attributes['runtape.key']).toBe('orders.lookup')
  })
})

/** An exporter that takes its time. */
function slowExporter(ms: number) {
  const exported: ReadableSpan[] = []
  const exporter = {
    export: (spans: ReadableSpan[], done: (result: { code: number }) => void) => {
      exported.push(...spans)
      setTimeout(done, ms, { code: 0 })
    },
    shutdown: async () => {},
  }
  return { exported, exporter }
}

describe('a batch processor', () => {
  test.each([3000, 20_000])('gets all %i spans that end in one turn', async count => {
    const { exported, exporter } = slowExporter(1)
    const warn = vi.fn()
    const sink = otelSink({
      processor: new BatchSpanProcessor({ exporter } as never) as never,
      logger: { warn },
    })
    for (let at = 0; at < count; at++)
      expect(sink.append(record({ spanId: at.toString(16).padStart(16, '0') }))).toBe(true)
    await sink.close()
    expect(new Set(exported.map(span => span.spanContext().spanId)).size).toBe(count)
    expect(warn).not.toHaveBeenCalled()
  })

  test('that never ends a flush or its shutdown holds nobody up, and it is said', async () => {
    const never = () => new Promise<void>(() => {})
    const warn = vi.fn()
    const processor = { onEnd: () => {}, forceFlush: never, shutdown: never }
    const sink = otelSink({ processor, logger: { warn }, timeoutMs: 20 })
    sink.append(record())
    await sink.flush()
    await sink.close()
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringContaining('did not end its forceFlush in 20 ms'),
      expect.stringContaining('did not end its shutdown in 20 ms'),
    ])
  })

  test('that never ends a flush loses what exceeds the queue, counted', async () => {
    const warn = vi.fn()
    const never = () => new Promise<void>(() => {})
    const processor = { onEnd: () => {}, forceFlush: never, shutdown: async () => {} }
    const sink = otelSink({ processor, logger: { warn }, timeoutMs: 50 })
    const one = record()
    let refused = 0
    for (let at = 0; at < 101_100; at++) if (sink.append(one) === false) refused++
    expect(refused).toBe(100)
    expect(warn.mock.calls.flat()).toEqual([expect.stringContaining('further ones are dropped')])
  })
})
