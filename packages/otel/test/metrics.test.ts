import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, expect, test, vi } from 'vitest'
import { type OtelSinkOptions, otelSink } from '../src/index.ts'
import { modelCall, record } from './set-up.ts'

const providers: MeterProvider[] = []
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.shutdown()
})

/** A sink with the real metrics SDK, and what it exported: `[value, attributes]` by name. */
function sinkWithMetrics(options: Partial<OtelSinkOptions> = {}) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  providers.push(meterProvider)
  const spans = new InMemorySpanExporter()
  const processor = new SimpleSpanProcessor({ exporter: spans })
  const sink = otelSink({ processor, meterProvider, ...options })
  const metrics = async () => {
    await sink.flush()
    const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
    const named = all
      .flatMap(({ metrics }) => metrics)
      .map(metric => [metric.descriptor.name, metric] as const)
    return Object.fromEntries(named)
  }
  return { sink, spans, metrics }
}

const call = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'gpt-4o-2024-08-06',
}

test('a model call has a duration, a time to the first chunk, and its tokens', async () => {
  const { sink, metrics } = sinkWithMetrics()
  sink.append(modelCall({ durationMs: 1500 }))
  const all = await metrics()
  const points = Object.entries(all).map(([name, { dataPoints }]) => [
    name,
    dataPoints.map(({ value, attributes }) => [
      typeof value === 'number' ? value : [value.count, value.sum],
      attributes,
    ]),
  ])
  const unknown = { ...call, 'gen_ai.token.modality': 'unknown' }
  expect(Object.fromEntries(points)).toEqual({
    'gen_ai.client.operation.duration': [[[1, 1.5], call]],
    'gen_ai.client.operation.time_to_first_chunk': [[[1, 0.007], call]],
    'gen_ai.client.inference.operation.input_tokens': [[[1, 20], call]],
    'gen_ai.client.inference.operation.output_tokens': [[[1, 9], call]],
    'gen_ai.client.inference.usage.input_tokens': [[20, unknown]],
    'gen_ai.client.inference.usage.output_tokens': [[9, unknown]],
    'gen_ai.client.inference.usage.cache_read.input_tokens': [[16, unknown]],
    'gen_ai.client.inference.usage.cache_write.input_tokens': [[2, unknown]],
    'gen_ai.client.inference.usage.reasoning.output_tokens': [[4, unknown]],
  })
  expect(all['gen_ai.client.operation.duration']?.descriptor).toMatchObject({
    unit: 's',
    advice: { explicitBucketBoundaries: expect.arrayContaining([0.01, 81.92]) },
  })
})

test.each([
  [
    { inputAudio: 5 },
    [
      [5, 'audio'],
      [15, 'unknown'],
    ],
  ],
  [
    { inputAudio: 5, inputImage: 15 },
    [
      [5, 'audio'],
      [15, 'image'],
    ],
  ],
  [{ inputVideo: 20 }, [[20, 'video']]],
  [{ inputAudio: 50 }, [[20, 'unknown']]],
  [{}, [[20, 'unknown']]],
])('input tokens with %o are counted by modality, and add up to the total', async (parts, expected) => {
  const { sink, metrics } = sinkWithMetrics()
  sink.append(modelCall({ usage: { input: 20, output: 9, total: 29, ...parts } }))
  const points = (await metrics())['gen_ai.client.inference.usage.input_tokens']?.dataPoints ?? []
  expect(points.map(({ value, attributes }) => [value, attributes['gen_ai.token.modality']])).toEqual(
    expected,
  )
})

test('unknown usage is not recorded as zero', async () => {
  const { sink, metrics } = sinkWithMetrics()
  const { usage: _, timeToFirstTokenMs: __, ...whole } = modelCall()
  sink.append(whole)
  expect(Object.keys(await metrics())).toEqual(['gen_ai.client.operation.duration'])
})

test('a failed call has its error type', async () => {
  const { sink, metrics } = sinkWithMetrics()
  const value = { json: '{"status":429}' }
  sink.append(modelCall({ status: 'error', error: { name: 'RateLimitError', message: 'no', value } }))
  const [point] = (await metrics())['gen_ai.client.operation.duration']?.dataPoints ?? []
  expect(point?.attributes).toEqual({ ...call, 'error.type': '429' })
})

test('agents and tools have durations, and no tokens even if they have usage', async () => {
  const { sink, metrics } = sinkWithMetrics()
  const { usage } = modelCall()
  sink.append(record({ type: 'agent', durationMs: 250, ...(usage && { usage }) }))
  sink.append(record({ type: 'tool', durationMs: 500 }))
  sink.append(record())
  const all = await metrics()
  expect(Object.keys(all).sort()).toEqual(['gen_ai.execute_tool.duration', 'gen_ai.invoke_agent.duration'])
  expect(all['gen_ai.execute_tool.duration']?.dataPoints[0]).toMatchObject({
    attributes: { 'gen_ai.tool.name': 'orders.lookup', 'gen_ai.tool.type': 'function' },
    value: { sum: 0.5 },
  })
  expect(all['gen_ai.invoke_agent.duration']?.dataPoints[0]).toMatchObject({
    attributes: { 'gen_ai.agent.name': 'orders.lookup' },
    value: { sum: 0.25 },
  })
})

test('answers from a tape cost nothing, also if replays are exported', async () => {
  const { sink, metrics } = sinkWithMetrics({ replays: true })
  const replay = { testRunId: 't', sourceTraceId: 'b'.repeat(32), mocked: true }
  sink.append(modelCall({ replay }))
  expect(await metrics()).toEqual({})
  sink.append(modelCall({ replay: { ...replay, mocked: false } }))
  expect(await metrics()).toHaveProperty('gen_ai.client.operation.duration')
})

test('metrics that fail are reported once, and the span is exported', () => {
  const warn = vi.fn()
  const fail = () => {
    throw new Error('no meter')
  }
  const meter = { createHistogram: () => ({ record: fail }), createCounter: () => ({ add: fail }) }
  const { sink, spans } = sinkWithMetrics({ meterProvider: { getMeter: () => meter }, logger: { warn } })
  expect([sink.append(modelCall()), sink.append(modelCall())]).toEqual([true, true])
  expect(spans.getFinishedSpans()).toHaveLength(2)
  expect(warn.mock.calls).toEqual([[expect.stringContaining('no meter')]])
})

test('a provider that hangs does not hold up flush and close, which do not shut it down', async () => {
  const warn = vi.fn()
  const shutdown = vi.fn()
  const hanging = { getMeter: () => inert, forceFlush: () => new Promise<void>(() => {}), shutdown }
  const { sink } = sinkWithMetrics({ meterProvider: hanging, logger: { warn }, timeoutMs: 20 })
  await sink.flush()
  await sink.close()
  expect(warn).toHaveBeenCalledTimes(2)
  expect(warn).toHaveBeenCalledWith(
    'The OpenTelemetry meter provider did not end its forceFlush in 20 ms; what it still has may be lost.',
  )
  expect(shutdown).not.toHaveBeenCalled()
})

const inert = {
  createHistogram: () => ({ record: () => {} }),
  createCounter: () => ({ add: () => {} }),
}
