import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import { configureTracing, currentSpan, extractTrace, traced } from '@runtape/trace'
import { describe, expect, test, vi } from 'vitest'
import { type OtelSinkOptions, otelSink } from '../src/index.ts'
import { modelCall, record, setUp } from './set-up.ts'

const given = setUp()
const { span, spans } = given

const replay = {
  testRunId: 'test-run',
  sourceTraceId: 'b'.repeat(32),
  sourceSpanId: 'c'.repeat(16),
  mocked: true,
}

describe('traced functions', () => {
  test('are nested as they ran, with their recorded ids and times', async () => {
    const tape: TapeRecord[] = []
    const sink = given.trace()
    configureTracing({ sink: { ...sink, append: one => tape.push(one) && sink.append(one) } })
    const inner = traced('orders.lookup', { type: 'tool' }, async (order: string) => ({ order }))
    const outer = traced('support.answer', (order: string) => inner(order))
    await outer('A-17')

    const records = tape as SpanRecord[]
    expect(spans().map(one => one.spanContext())).toEqual(
      records.map(({ traceId, spanId }) => ({ traceId, spanId, traceFlags: 1 })),
    )
    const [tool, root] = [span('execute_tool orders.lookup'), span('support.answer')]
    expect(tool.parentSpanContext).toMatchObject(root.spanContext())
    expect(root.parentSpanContext).toBeUndefined()
    expect(root.kind).toBe(SpanKind.INTERNAL)
    expect(root.status).toEqual({ code: SpanStatusCode.UNSET })
    expect(root.ended).toBe(true)
    expect(tool.attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'orders.lookup',
      'gen_ai.tool.type': 'function',
      'runtape.key': 'orders.lookup',
      'runtape.type': 'tool',
      'runtape.status': 'ok',
    })
  })

  test('are under the calling span of another program', async () => {
    const [traceId, caller] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
    const headers = { traceparent: `00-${traceId}-${caller}-01` }
    await extractTrace(headers, () => traced('support.answer', async () => 'yes')())
    const root = span('support.answer')
    expect(root.spanContext().traceId).toBe(traceId)
    expect(root.parentSpanContext).toMatchObject({ traceId, spanId: caller })
  })

  test('that drop themselves are omitted, including their stubs', () => {
    given.trace()
    const secret = traced('secret', () => currentSpan()?.drop())
    traced('support.answer', () => secret())()
    expect(spans().map(({ name }) => name)).toEqual(['support.answer'])
  })

  test('are roots if the id of their caller is not a span id', () => {
    given.trace().append(record({ metadata: { remoteParentSpanId: 'the gateway' } }))
    expect(span('orders.lookup').parentSpanContext).toBeUndefined()
  })

  test('that throw have an error status, an error type and one exception event at their end', async () => {
    const thrown = new RangeError('no such order')
    const fail = traced('orders.lookup', async () => {
      throw thrown
    })
    await expect(fail()).rejects.toBe(thrown)

    const failed = span('orders.lookup')
    expect(failed.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no such order' })
    expect(failed.attributes).toMatchObject({ 'error.type': 'RangeError', 'runtape.status': 'error' })
    expect(failed.events).toEqual([
      {
        name: 'exception',
        time: failed.endTime,
        attributes: {
          'exception.type': 'RangeError',
          'exception.message': 'no such order',
          'exception.stacktrace': thrown.stack,
        },
      },
    ])
  })

  test.each([
    [Object.assign(new Error('slow down'), { status: 429, code: 'rate_limit_exceeded' }), '429'],
    [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['just a text', 'string'],
  ])('that throw %s have an error type for grouping', (thrown, type) => {
    const fail = traced('orders.lookup', () => {
      throw thrown
    })
    expect(fail).toThrow()
    expect(span('orders.lookup').attributes['error.type']).toBe(type)
  })

  test('whose consumer stops early are not errors, and say how they ended', async () => {
    const count = traced('orders.count', async function* () {
      yield 1
      yield 2
    })
    for await (const _ of count()) break
    expect(span('orders.count').status.code).toBe(SpanStatusCode.UNSET)
    expect(span('orders.count').attributes['runtape.status']).toBe('cancelled')
  })

  test('of type agent are agent invocations', () => {
    traced('support.agent', { type: 'agent', name: 'support' }, () => 1)()
    expect(span('invoke_agent support').attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'support',
      'runtape.key': 'support.agent',
    })
  })
})

describe('a model call', () => {
  test('is a client span named after operation and model, with usage, settings and no content', () => {
    given.trace().append(modelCall({ runId: 'run-1', sessionId: 'session-1', tags: ['beta'] }))
    const call = span('chat gpt-4o')
    expect(call.kind).toBe(SpanKind.CLIENT)
    expect(call.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.conversation.id': 'session-1',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.request.stream': true,
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': 'x',
      'gen_ai.response.time_to_first_chunk': 0.007,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 9,
      'gen_ai.usage.cache_read.input_tokens': 16,
      'gen_ai.usage.cache_write.input_tokens': 2,
      'gen_ai.usage.reasoning.output_tokens': 4,
      'runtape.key': 'openai.chat.completions',
      'runtape.type': 'model',
      'runtape.status': 'ok',
      'runtape.run_id': 'run-1',
      'runtape.time_to_first_token_ms': 7,
      'runtape.tags': ['beta'],
      'runtape.metadata.attempts': 1,
      'runtape.metadata.finishReason': 'stop',
    })
  })

  test('of embeddings is recognised by its key', () => {
    given.trace().append(modelCall({ key: 'openai.embeddings' }))
    expect(span('embeddings gpt-4o').kind).toBe(SpanKind.CLIENT)
  })

  test('with a request too large to keep is named by its operation alone', () => {
    given.trace({ content: true }).append(modelCall({ input: { json: 'null', truncated: 9_000_000 } }))
    expect(span('chat').attributes['gen_ai.request.model']).toBeUndefined()
    expect(span('chat').attributes['input.value']).toBeUndefined()
  })

  test('has the provider that its key shows, or that the application names', () => {
    given.trace().append(modelCall({ key: 'bedrock.converse' }))
    given.trace({ provider: () => 'azure.ai.openai' }).append(modelCall())
    given.trace().append(modelCall({ key: 'google.generate-content' }))
    given.trace().append(modelCall({ key: 'house.model' }))
    expect(spans().map(one => one.attributes['gen_ai.provider.name'])).toEqual([
      'aws.bedrock',
      'azure.ai.openai',
      'gcp.gen_ai',
      undefined,
    ])
  })

  test('is the only span with usage: a span around it does not repeat its tokens', () => {
    const { usage } = modelCall()
    given.trace().append(record({ type: 'agent', ...(usage && { usage }) }))
    expect(Object.keys(spans()[0]?.attributes ?? {}).filter(name => name.includes('usage'))).toEqual([])
  })
})

describe('what is not accepted', () => {
  const event: RunEvent = {
    kind: 'run-event',
    runId: 'run-1',
    metric: 'feedback',
    value: { kind: 'negative' },
    at: 1,
    configKey: 'support',
    variationKey: '',
    version: 1,
    modelName: '',
    providerName: '',
  }

  test('run events: append returns false', () => {
    expect(given.trace().append(event)).toBe(false)
    expect(spans()).toEqual([])
  })

  test('replayed spans, by default', () => {
    expect(given.trace().append(record({ replay }))).toBe(false)
    expect(spans()).toEqual([])
    expect(given.trace({ replays: true }).append(record({ replay }))).toBe(true)
    expect(spans()[0]?.attributes).toMatchObject({
      'runtape.replay.test_run_id': 'test-run',
      'runtape.replay.source_trace_id': replay.sourceTraceId,
      'runtape.replay.source_span_id': replay.sourceSpanId,
      'runtape.replay.mocked': true,
    })
  })

  test('anything after close, which shuts the processor down once', async () => {
    const shutdown = vi.spyOn(given.exporter, 'shutdown')
    const sink = given.trace()
    await sink.close()
    await sink.close()
    expect(shutdown).toHaveBeenCalledTimes(1)
    expect(sink.append(record())).toBe(false)
  })
})

test('times are exact to the nanosecond and carry into the next second', () => {
  given.trace().append(record({ startedAt: 1_700_000_000_999, durationMs: 1.000_001 }))
  const [one] = spans()
  expect([one?.startTime, one?.duration, one?.endTime]).toEqual([
    [1_700_000_000, 999_000_000],
    [0, 1_000_001],
    [1_700_000_001, 1],
  ])
})

test('the resource is the given one, and the scope is this package', () => {
  const resource = resourceFromAttributes({ 'service.name': 'support' })
  given.trace({ resource }).append(record())
  expect(spans()[0]?.resource).toBe(resource)
  expect(spans()[0]?.instrumentationScope).toEqual({
    name: '@runtape/otel',
    version: expect.stringMatching(/^\d/),
  })
})

test('the default resource has the service of OTEL_SERVICE_NAME, otherwise unknown', () => {
  given.trace().append(record())
  vi.stubEnv('OTEL_SERVICE_NAME', 'desk')
  given.trace().append(record())
  vi.unstubAllEnvs()
  expect(spans().map(one => one.resource.attributes['service.name'])).toEqual([
    'unknown_service:node',
    'desk',
  ])
})

describe('a processor that fails', () => {
  const failing = (processor: Partial<OtelSinkOptions['processor']>) => {
    const warn = vi.fn()
    const works = { onEnd: () => {}, forceFlush: async () => {}, shutdown: async () => {} }
    return { warn, sink: given.trace({ processor: { ...works, ...processor }, logger: { warn } }) }
  }
  const fail = () => {
    throw new Error('out of order')
  }

  test('does not affect the traced function, and is reported once', () => {
    const { warn } = failing({ onEnd: fail })
    const answer = traced('support.answer', () => 42)
    expect([answer(), answer()]).toEqual([42, 42])
    expect(warn.mock.calls).toEqual([[expect.stringContaining('did not reach the OpenTelemetry processor')]])
    expect(warn.mock.calls[0]?.[0]).toContain('out of order')
  })

  test('with a rejection does not end the process', async () => {
    const { warn, sink } = failing({ onEnd: async () => fail() })
    sink.append(record())
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1))
  })

  test('in flush or close is reported, and neither rejects', async () => {
    const { warn, sink } = failing({ forceFlush: fail, shutdown: async () => fail() })
    await sink.flush()
    await sink.close()
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringContaining('forceFlush: out of order'),
      expect.stringContaining('shutdown: out of order'),
    ])
  })
})

test('without a processor it throws immediately', () => {
  expect(() => otelSink({} as OtelSinkOptions)).toThrow('otelSink needs a span processor')
})
