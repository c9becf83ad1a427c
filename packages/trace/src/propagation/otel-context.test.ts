import { context, type Span, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { memoryStore } from '@runtape/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tape } from '../../test/tape.ts'

const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
})

afterEach(() => {
  context.disable()
  trace.disable()
  exporter.reset()
})

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function inOtelSpan<T>(fn: (span: Span) => T | Promise<T>): Promise<T> {
  return trace.getTracer('test').startActiveSpan('request', async span => {
    try {
      return await fn(span)
    } finally {
      span.end()
    }
  })
}

test('inside an OpenTelemetry span a call is of its trace and names it as its parent', async () => {
  const { traced, of } = tape()
  const leaf = traced('leaf', async () => later(1))
  await inOtelSpan(async () => {
    await later(1)
    await traced('root', () => leaf())()
  })
  const [request] = exporter.getFinishedSpans()
  const { traceId, spanId } = request?.spanContext() ?? {}
  expect(of('root')).toMatchObject({ traceId, seq: 0, metadata: { remoteParentSpanId: spanId } })
  expect(of('leaf')).toMatchObject({ traceId, parentSpanId: of('root').spanId })
  expect(of('leaf').metadata).toBeUndefined()
})

test('it is a root all the same, so that the lists of a store have it', async () => {
  const store = memoryStore()
  const { traced, spans } = tape()
  await inOtelSpan(() => traced('answer', () => 1)())
  await store.append(spans)
  const { items } = await store.traces.list({ key: 'answer' })
  expect(items).toHaveLength(1)
  expect((await store.traces.get(items[0]?.traceId ?? ''))?.root.key).toBe('answer')
})

test('an OpenTelemetry span that is started in a call does not take its children away', async () => {
  const { traced, of } = tape()
  const leaf = traced('leaf', () => 1)
  await traced('root', () => inOtelSpan(() => leaf()))()
  expect(of('leaf')).toMatchObject({ traceId: of('root').traceId, parentSpanId: of('root').spanId })
})

test('outside of one, and without OpenTelemetry, a call is in its own trace', async () => {
  const { traced, spans } = tape()
  const call = traced('call', () => 1)
  call()
  context.disable()
  trace.disable()
  await inOtelSpan(() => call())
  expect(new Set(spans.map(span => span.traceId)).size).toBe(2)
  for (const span of spans) expect(span.metadata).toBeUndefined()
})

test('a context manager that fails changes nothing', () => {
  context.disable()
  context.setGlobalContextManager({
    active: () => {
      throw new Error('broken')
    },
    disable: () => {},
  } as never)
  const { traced, only } = tape()
  expect(traced('call', () => 1)()).toBe(1)
  expect(only().status).toBe('ok')
})
