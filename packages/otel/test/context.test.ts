import { context, type Span, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { configureTracing, currentSpan, extractTrace, traced } from '@runtape/trace'
import * as olderApi from 'otel-api-1.9'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { otelSink } from '../src/index.ts'

const exporter = new InMemorySpanExporter()
const processor = new SimpleSpanProcessor({ exporter })
const exported = {
  onEnd: (span: never) => processor.onEnd(span),
  forceFlush: async () => {},
  shutdown: async () => {},
}
let sink: ReturnType<typeof otelSink>

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }))
  sink = otelSink({ processor: exported })
  configureTracing({ sink })
})

afterEach(async () => {
  await sink.close()
  configureTracing(undefined)
  context.disable()
  trace.disable()
  exporter.reset()
})

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function inOtelSpan<T>(name: string, fn: (span: Span) => T | Promise<T>): Promise<T> {
  return trace.getTracer('test').startActiveSpan(name, async span => {
    try {
      return await fn(span)
    } finally {
      span.end()
    }
  })
}

/** `child < parent` for each exported span, as `name < name of its parent`. */
function tree(): string[] {
  const spans: readonly ReadableSpan[] = exporter.getFinishedSpans()
  const names = new Map(spans.map(one => [one.spanContext().spanId, one.name]))
  const nameOf = (id = '') => names.get(id) ?? (id || undefined)
  return spans.map(one => `${one.name} < ${nameOf(one.parentSpanContext?.spanId) ?? 'none'}`).sort()
}

describe('an OpenTelemetry span inside a traced call', () => {
  test('is its child, also after an await, and in the same trace', async () => {
    const tool = traced('tool', async () => {
      await later(1)
      await inOtelSpan('query', () => later(1))
    })
    await inOtelSpan('request', () => traced('answer', () => tool())())
    expect(tree()).toEqual(['answer < request', 'query < tool', 'request < none', 'tool < answer'])
    expect(new Set(exporter.getFinishedSpans().map(one => one.spanContext().traceId)).size).toBe(1)
  })

  test('is its child without an OpenTelemetry span around', async () => {
    await traced('answer', () => inOtelSpan('query', () => 1))()
    expect(tree()).toEqual(['answer < none', 'query < answer'])
  })

  test('has its own children, and siblings do not mix', async () => {
    const tool = traced('tool', (name: string) =>
      inOtelSpan(`outer ${name}`, () => inOtelSpan(`inner ${name}`, () => later(1))),
    )
    await traced('answer', () => Promise.all([tool('a'), tool('b')]))()
    const found = tree().filter(line => line.startsWith('inner'))
    expect(found).toEqual(['inner a < outer a', 'inner b < outer b'])
    expect(tree().filter(line => line.startsWith('outer'))).toEqual(['outer a < tool', 'outer b < tool'])
  })

  test('may hold a traced call, with an OpenTelemetry span in that again', async () => {
    const leaf = traced('leaf', () => inOtelSpan('deep', () => 1))
    await traced('answer', () => inOtelSpan('outer', () => leaf()))()
    expect(tree()).toEqual(['answer < none', 'deep < leaf', 'leaf < answer', 'outer < answer'])
  })

  test('that is entered outside its call, by a context that the application kept, stays the parent', async () => {
    const kept = traced('leaf', () => {
      const span = trace.getTracer('test').startSpan('kept')
      span.end()
      return { in: trace.setSpan(context.active(), span) }
    })
    await traced('answer', () => context.with(kept().in, () => inOtelSpan('late', () => 1)))()
    expect(tree()).toEqual(['answer < none', 'kept < leaf', 'late < kept', 'leaf < answer'])
  })

  test('in the chunks of a stream', async () => {
    const stream = traced('stream', async function* () {
      yield await inOtelSpan('query', () => 1)
    })
    for await (const _ of stream());
    expect(tree()).toEqual(['query < stream', 'stream < none'])
  })

  test('after the call is not its child', async () => {
    await traced('answer', async () => later(1))()
    await inOtelSpan('next', () => 1)
    expect(tree()).toEqual(['answer < none', 'next < none'])
  })

  test('is not under a call that was dropped', async () => {
    const secret = traced('secret', async () => {
      currentSpan()?.drop()
      await inOtelSpan('query', () => 1)
    })
    await inOtelSpan('request', () => secret())
    expect(tree()).toEqual(['query < request', 'request < none'])
  })

  test('gets what is set on the active span to the OpenTelemetry span around', async () => {
    const answer = traced('answer', () => trace.getActiveSpan()?.setAttribute('user', 'A-17')?.isRecording())
    expect(await inOtelSpan('request', () => answer())).toBe(true)
    expect(exporter.getFinishedSpans().find(one => one.name === 'request')?.attributes).toEqual({
      user: 'A-17',
    })
  })
})

test('a span made through an older, second copy of the API is a child of the call too', async () => {
  const query = () => olderApi.trace.getTracer('older').startSpan('query').end()
  await inOtelSpan('request', () => traced('answer', query)())
  expect(tree()).toEqual(['answer < request', 'query < answer', 'request < none'])
})

test('2,000 nested calls with OpenTelemetry spans are a chain', async () => {
  const nest = (depth: number): unknown =>
    traced(`call ${depth}`, () => {
      trace.getTracer('test').startSpan(`span ${depth}`).end()
      return depth > 0 && nest(depth - 1)
    })()
  await inOtelSpan('request', () => nest(2000))
  await sink.flush()
  const lines = tree()
  expect(lines).toContain('span 7 < call 7')
  expect(lines).toContain('span 1999 < call 1999')
  expect(lines).toHaveLength(4003)
})

describe('a trace that OpenTelemetry does not sample', () => {
  beforeEach(() => {
    trace.disable()
    trace.setGlobalTracerProvider(
      new TracerProvider({ sampler: new AlwaysOffSampler(), spanProcessors: [processor] }),
    )
  })

  test('is not exported at all, with no orphans', async () => {
    const tool = traced('tool', () => inOtelSpan('query', () => later(1)))
    await inOtelSpan('request', () => traced('answer', () => tool())())
    expect(tree()).toEqual([])
  })

  test('has flags that say so', async () => {
    const flags = () => trace.getActiveSpan()?.spanContext().traceFlags
    expect(await inOtelSpan('request', () => traced('answer', flags)())).toBe(0)
  })

  test('by a caller in another process', () => {
    const headers = { traceparent: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00` }
    extractTrace(headers, () => traced('answer', () => traced('tool', () => 1)())())
    expect(tree()).toEqual([])
  })
})

test('the context manager is as before when the last sink has closed', async () => {
  const manager = (globalThis as never)[Symbol.for('opentelemetry.js.api.1')] as { context: object }
  const second = otelSink({ processor: exported })
  await sink.close()
  expect(Object.hasOwn(manager.context, 'active')).toBe(true)
  await second.close()
  await second.close()
  expect(Object.hasOwn(manager.context, 'active')).toBe(false)
})

test('a context manager that was registered after the sink is used from the first ended span on', async () => {
  context.disable()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  traced('first', () => 1)()
  await traced('answer', () => inOtelSpan('query', () => 1))()
  expect(tree()).toContain('query < answer')
})

test('a frozen context manager does not affect the application', () => {
  context.disable()
  context.setGlobalContextManager(Object.freeze(new AsyncLocalStorageContextManager().enable()))
  expect(traced('answer', () => 42)()).toBe(42)
  expect(tree()).toEqual(['answer < none'])
})
