import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'
import { configureTracing, currentSpan, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { otelSink } from '../../src/index.ts'
import { startReceiver } from './receiver.ts'

/** What a program emits. */
export interface Observed {
  readonly attributes: ReadonlySet<string>
  readonly metrics: ReadonlySet<string>
  readonly events: ReadonlySet<string>
  /** Batches that the endpoint refused. */
  readonly refused: number
  readonly runIds: ReadonlySet<unknown>
}

/** Runs a program in a run and a session, with the real SDK of OpenTelemetry and its exporter to a real endpoint. */
export async function observe(program: () => Promise<unknown>): Promise<Observed> {
  const receiver = await startReceiver()
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const logExporter = new InMemoryLogRecordExporter()
  const loggerProvider = new LoggerProvider({
    processors: [new SimpleLogRecordProcessor({ exporter: logExporter })],
  })
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: receiver.url }) })
  const sink = otelSink({ processor, meterProvider, loggerProvider, content: true })
  try {
    configureTracing({ sink })
    await inRun(sink, program)
    await sink.close()
    const metrics = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
    return {
      attributes: new Set(receiver.spans.flatMap(span => span.attributes.map(({ key }) => key))),
      metrics: new Set(metrics.flatMap(scope => scope.metrics.map(({ descriptor }) => descriptor.name))),
      events: new Set(logExporter.getFinishedLogRecords().map(({ eventName = '' }) => eventName)),
      refused: receiver.refused(),
      runIds: new Set(receiver.spans.map(runIdOf)),
    }
  } finally {
    configureTracing(undefined)
    await meterProvider.shutdown()
    await receiver.close()
  }
}

const runIdOf = ({ attributes }: { readonly attributes: readonly { readonly key: string }[] }) =>
  JSON.stringify(attributes.find(({ key }) => key === 'runtape.run_id'))

async function inRun(sink: ReturnType<typeof otelSink>, program: () => Promise<unknown>): Promise<void> {
  const quiet = { warn: () => {} }
  const tracker = createTracker({ sink, configKey: 'support-answer', version: 3, logger: quiet })
  const session = traced('support.session', async () => {
    currentSpan()?.setSessionId('session-1')
    await program()
  })
  await tracker.run(session)
  tracker.trackScore('helpful', { score: 0.8 })
}
