import { ownVersion } from '../own-version.ts'
import type { Meter, MeterProvider, MetricOptions } from './meter-provider.ts'

// The conventions name the boundaries.
const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const tokens = Array.from({ length: 14 }, (_, power) => 4 ** power)

/** The instruments of the conventions. */
export type Instruments = ReturnType<typeof instrumentsOf>

export function instrumentsOf(provider: MeterProvider) {
  const meter = provider.getMeter('@runtape/otel', ownVersion())
  return { ...callInstruments(meter), ...usageCounters(meter) }
}

const callInstruments = (meter: Meter) => ({
  duration: meter.createHistogram('gen_ai.client.operation.duration', time('Duration of a model call.')),
  firstChunk: meter.createHistogram(
    'gen_ai.client.operation.time_to_first_chunk',
    time('Time from the request to the first chunk of a stream.'),
  ),
  agent: meter.createHistogram('gen_ai.invoke_agent.duration', time('Duration of an agent invocation.')),
  tool: meter.createHistogram('gen_ai.execute_tool.duration', time('Duration of a tool call.')),
  workflow: meter.createHistogram('gen_ai.invoke_workflow.duration', time('Duration of a workflow.')),
  inputPerCall: meter.createHistogram(
    'gen_ai.client.inference.operation.input_tokens',
    perCall('Input tokens of a model call.'),
  ),
  outputPerCall: meter.createHistogram(
    'gen_ai.client.inference.operation.output_tokens',
    perCall('Output tokens of a model call.'),
  ),
})

function usageCounters(meter: Meter) {
  const counter = (part: string, description: string) =>
    meter.createCounter(`gen_ai.client.inference.usage.${part}`, { unit: '{token}', description })
  return {
    input: counter('input_tokens', 'Input tokens, including cached ones.'),
    output: counter('output_tokens', 'Output tokens, including those for reasoning.'),
    cacheRead: counter('cache_read.input_tokens', 'Input tokens from the cache of the provider.'),
    cacheWrite: counter('cache_write.input_tokens', 'Input tokens written to the cache of the provider.'),
    reasoning: counter('reasoning.output_tokens', 'Output tokens for reasoning.'),
  }
}

const time = (description: string): MetricOptions => ({
  unit: 's',
  description,
  advice: { explicitBucketBoundaries: seconds },
})

const perCall = (description: string): MetricOptions => ({
  unit: '{token}',
  description,
  advice: { explicitBucketBoundaries: tokens },
})
