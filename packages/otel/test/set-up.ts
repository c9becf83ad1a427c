import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import type { SpanRecord } from '@runtape/core'
import { configureTracing } from '@runtape/trace'
import { afterEach, beforeEach } from 'vitest'
import { type OtelSinkOptions, otelSink } from '../src/index.ts'

export interface SetUp {
  readonly exporter: InMemorySpanExporter
  /** Traces into a new sink with these options. */
  trace(options?: Partial<OtelSinkOptions>): ReturnType<typeof otelSink>
  spans(): ReadableSpan[]
  /** The one span of this name. */
  span(name: string): ReadableSpan
}

/** The real in-memory exporter behind a real processor, new for each test of a file, with tracing switched on. */
export function setUp(): SetUp {
  let exporter = new InMemorySpanExporter()
  const trace = (options: Partial<OtelSinkOptions> = {}) => {
    const sink = otelSink({ processor: new SimpleSpanProcessor({ exporter }), ...options })
    configureTracing({ sink })
    return sink
  }
  beforeEach(() => {
    exporter = new InMemorySpanExporter()
    trace()
  })
  afterEach(() => configureTracing(undefined))
  const spans = () => exporter.getFinishedSpans()
  return {
    get exporter() {
      return exporter
    },
    trace,
    spans,
    span: name => {
      const found = spans().filter(span => span.name === name)
      if (found.length === 1 && found[0]) return found[0]
      throw new Error(`${found.length} spans are called ${name}; there are: ${spans().map(one => one.name)}`)
    },
  }
}

/** A record of a call, as `@runtape/trace` makes it. */
export function record(parts: Partial<SpanRecord> = {}): SpanRecord {
  return {
    kind: 'span',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    seq: 0,
    key: 'orders.lookup',
    name: 'orders.lookup',
    type: 'function',
    startedAt: 1_700_000_000_123,
    durationMs: 12.5,
    input: { json: '["A-17"]' },
    output: { json: '{"shipped":true}' },
    resultKind: 'promise',
    status: 'ok',
    ...parts,
  }
}

const usage = { input: 20, output: 9, total: 29, cachedInput: 16, cacheWrite: 2, reasoning: 4 }
const request = {
  model: 'gpt-4o',
  temperature: 0.2,
  max_completion_tokens: 100,
  stop: 'END',
  stream: true,
  messages: [{ role: 'user', content: 'secret question' }],
}
const choice = { index: 0, message: { role: 'assistant', content: 'secret answer' }, finish_reason: 'stop' }

/** A model call, as `@runtape/openai` makes it. */
export const modelCall = (parts: Partial<SpanRecord> = {}): SpanRecord =>
  record({
    key: 'openai.chat.completions',
    name: 'openai.chat.completions',
    type: 'model',
    input: { json: JSON.stringify([request]) },
    output: { json: JSON.stringify({ status: 200, body: { id: 'x', choices: [choice] } }) },
    usage,
    model: 'gpt-4o-2024-08-06',
    timeToFirstTokenMs: 7,
    metadata: { attempts: 1, finishReason: 'stop' },
    ...parts,
  })
