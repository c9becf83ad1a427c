import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { Metric, MetricValue, RunEvent } from '@runtape/core'
import { expect, test } from 'vitest'
import type { OtelSinkOptions } from '../src/index.ts'
import { modelCall, setUp } from './set-up.ts'

const given = setUp()

/** A sink with the real logs SDK, and what it exported. */
function sinkWithEvents(options: Partial<OtelSinkOptions> = {}) {
  const exporter = new InMemoryLogRecordExporter()
  const loggerProvider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
  const sink = given.trace({ loggerProvider, ...options })
  return { sink, events: () => exporter.getFinishedLogRecords() }
}

const event = (metric: Metric, value: MetricValue, parts: Partial<RunEvent> = {}): RunEvent => ({
  kind: 'run-event',
  runId: 'run-1',
  metric,
  value,
  at: 1_700_000_000_123,
  configKey: 'support',
  variationKey: '',
  version: 1,
  modelName: '',
  providerName: '',
  ...parts,
})

test('a score is an evaluation of the last model call of its run', () => {
  const { sink, events } = sinkWithEvents()
  const { traceId } = modelCall()
  sink.append(modelCall({ runId: 'run-1', spanId: '00f067aa0ba902b7' }))
  sink.append(modelCall({ runId: 'run-1' }))
  sink.append(modelCall({ runId: 'run-2', spanId: '00f067aa0ba902b8' }))
  expect(sink.append(event('score:helpful', { score: 0.8, reasoning: 'It names the day.' }))).toBe(true)
  const [one] = events()
  expect(one).toMatchObject({
    eventName: 'gen_ai.evaluation.result',
    hrTime: [1_700_000_000, 123_000_000],
    spanContext: { traceId, spanId: 'b7ad6b7169203331' },
  })
  expect(one?.attributes).toEqual({
    'gen_ai.evaluation.name': 'helpful',
    'gen_ai.evaluation.score.value': 0.8,
    'gen_ai.response.id': 'x',
    'runtape.run_id': 'run-1',
    'runtape.config_key': 'support',
  })
})

test('explanations are content', () => {
  const { sink, events } = sinkWithEvents({ content: true })
  sink.append(event('score:helpful', { score: 1, reasoning: 'Half a \ud83d' }))
  expect(events()[0]?.attributes['gen_ai.evaluation.explanation']).toBe('Half a \ufffd')
})

test('feedback is an evaluation, and names the trace of its run if the call is not known here', () => {
  const { sink, events } = sinkWithEvents()
  const traceId = 'c'.repeat(32)
  sink.append(event('feedback', { kind: 'negative', comment: 'rude' }, { traceId }))
  expect(events()[0]?.attributes).toEqual({
    'gen_ai.evaluation.name': 'feedback',
    'gen_ai.evaluation.score.label': 'negative',
    'runtape.run_id': 'run-1',
    'runtape.config_key': 'support',
    'runtape.trace_id': traceId,
  })
  expect(events()[0]?.spanContext).toBeUndefined()
})

test('other run events, and those of replays, are not accepted', () => {
  const { sink, events } = sinkWithEvents()
  const replay = { testRunId: 't', traceId: 'b'.repeat(32), sourceTraceId: 'b'.repeat(32) }
  expect(sink.append(event('outcome', { status: 'success' }))).toBe(false)
  expect(sink.append(event('score:helpful', { score: 1 }, { replay } as Partial<RunEvent>))).toBe(false)
  expect(events()).toEqual([])
})

test('the calls of at most 10,000 runs are remembered', () => {
  const { sink, events } = sinkWithEvents({ processor: ignoring })
  for (let run = 0; run <= 10_000; run++) sink.append(modelCall({ runId: `run-${run}` }))
  for (const runId of ['run-0', 'run-1']) sink.append(event('score:helpful', { score: 1 }, { runId }))
  expect(events().map(({ spanContext }) => spanContext?.spanId)).toEqual([undefined, 'b7ad6b7169203331'])
})

test('a logger that fails does not reach the application', () => {
  const fail = () => {
    throw new Error('no logger')
  }
  const { sink } = sinkWithEvents({
    loggerProvider: { getLogger: () => ({ emit: fail }) },
    logger: { warn: () => {} },
  })
  expect(sink.append(event('score:helpful', { score: 1 }))).toBe(false)
})

const ignoring = { onEnd: () => {}, forceFlush: async () => {}, shutdown: async () => {} }
