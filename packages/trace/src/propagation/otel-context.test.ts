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

test('a call inside an OpenTelemetry span joins its trace and names it as parent', async () => {
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

test('such a call is still a root, so that stores list it', async () => {
  const store = memoryStore()
  const { traced, spans } = tape()
  await inOtelSpan(() => traced('answer', () => 1)())
  await store.append(spans)
  const { items } = await store.traces.list({ key: 'answer' })
  expect(items).toHaveLength(1)
  expect((await store.traces.get(items[0]?.traceId ?? ''))?.root.key).toBe('answer')
})

test('an OpenTelemetry span inside a call does not become the parent of its children', async () => {
  const { traced, of } = tape()
  const leaf = traced('leaf', () => 1)
  await traced('root', () => inOtelSpan(() => leaf()))()
  expect(of('leaf')).toMatchObject({ traceId: of('root').traceId, parentSpanId: of('root').spanId })
})

test('outside an OpenTelemetry span, and without OpenTelemetry, a call has its own trace', async () => {
  const { traced, spans } = tape()
  const call = traced('call', () => 1)
  call()
  context.disable()
  trace.disable()
  await inOtelSpan(() => call())
  expect(new Set(spans.map(span => span.traceId)).size).toBe(2)
  for (const span of spans) expect(span.metadata).toBeUndefined()
})

test('a failing context manager has no effect', () => {
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
