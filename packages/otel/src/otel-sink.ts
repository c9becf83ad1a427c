import {
  consoleLogger,
  type Logger,
  type RunEvent,
  RuntapeError,
  type Sink,
  type SpanRecord,
  type TapeRecord,
} from '@runtape/core'
import { droppedTag, messageOf, warnSafely } from '@runtape/core/internal'
import { attributesOf, type Prompt } from './attributes/attributes.ts'
import { failureOf } from './attributes/failure.ts'
import { callsModel, type Operation, operationOf, providerOf } from './attributes/operation.ts'
import { requestBody, requestModel } from './attributes/request.ts'
import type { SpanAttributes } from './attributes/span-attributes.ts'
import { asksForContent } from './content/asked-for.ts'
import { ActiveSpans } from './context/active-span.ts'
import { Evaluations } from './evaluations/evaluations.ts'
import type { LoggerProvider } from './evaluations/logger-provider.ts'
import { CallMetrics } from './metrics/call-metrics.ts'
import type { MeterProvider } from './metrics/meter-provider.ts'
import { inTime } from './processors/in-time.ts'
import { PacedProcessor } from './processors/paced-processor.ts'
import type { SpanProcessor } from './processors/span-processor.ts'
import { RecentRuns } from './recent-runs.ts'
import { type EndedSpan, endedSpan } from './spans/ended-span.ts'
import { limited, limitsOf } from './spans/span-limits.ts'
import { wellFormed } from './spans/well-formed.ts'

export interface OtelSinkOptions {
  /** Receives each span when it has ended. It is shut down with the sink, so do not share it if others still need it. */
  readonly processor: SpanProcessor
  /** The resource of the spans, as created by `@opentelemetry/resources`. Default: a service named by `OTEL_SERVICE_NAME`. */
  readonly resource?: { readonly attributes: SpanAttributes }
  /**
   * Also sends messages, arguments and results. Default: false, because they are private, unless
   * `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` is `true`, `SPAN_ONLY` or `SPAN_AND_EVENT`.
   */
  readonly content?: boolean
  /** Also accepts spans made by a replay. Default: false. */
  readonly replays?: boolean
  /** Returns the provider of a model call whose key does not show it: `azure.ai.openai`. */
  readonly provider?: (span: SpanRecord) => string | undefined
  /** Receives the metrics of the conventions, `gen_ai.client.…`. Flushed with the sink, never shut down. Default: no metrics. */
  readonly meterProvider?: MeterProvider
  /** Receives scores and feedback as `gen_ai.evaluation.result`. Flushed with the sink, never shut down. Default: no events. */
  readonly loggerProvider?: LoggerProvider
  /** Milliseconds for the processor to flush or to shut down; what it has then may be lost. Default: 30,000, its own limit. */
  readonly timeoutMs?: number
  readonly logger?: Logger
}

/**
 * A sink that passes each span to an OpenTelemetry processor, by the GenAI semantic conventions, with its recorded ids. `append`
 * returns `false` for stubs of dropped calls, for replays unless `replays` is true, and for run events other than the scores and
 * feedback that a `loggerProvider` receives. It never throws or rejects; the first failure of the processor is reported.
 *
 * @throws {RuntapeError} `invalid-option` if `processor` is not a processor.
 *
 * @example
 * ```ts
 * import { otelSink, type SpanProcessor } from '@runtape/otel'
 *
 * declare const processor: SpanProcessor // new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })
 * const sink = otelSink({ processor })
 * ```
 */
export function otelSink(options: OtelSinkOptions): Sink {
  if (typeof options?.processor?.onEnd !== 'function') {
    throw new RuntapeError(
      'invalid-option',
      'otelSink needs a span processor with an onEnd method (got none). Pass { processor: new BatchSpanProcessor(…) }.',
    )
  }
  return new OtelSink(options)
}

class OtelSink implements Sink {
  readonly #options: OtelSinkOptions
  readonly #resource: { readonly attributes: SpanAttributes }
  readonly #processor: PacedProcessor
  readonly #limits = limitsOf(process.env)
  readonly #content: boolean
  readonly #metrics: CallMetrics | undefined
  readonly #evaluations: Evaluations | undefined
  readonly #prompts = new RecentRuns<Prompt>()
  readonly #activeSpans = new ActiveSpans()
  #closed = false
  #reported = false
  #reportedOther = false

  constructor(options: OtelSinkOptions) {
    const { meterProvider, loggerProvider, content = asksForContent(process.env) } = options
    this.#content = content
    this.#options = options
    this.#metrics = meterProvider && new CallMetrics(meterProvider)
    this.#evaluations = loggerProvider && new Evaluations(loggerProvider, content)
    this.#resource = options.resource ?? namelessService()
    this.#processor = new PacedProcessor(options.processor, options.timeoutMs ?? 30_000, {
      warn: message => this.#warn(message),
      lost: error => this.#lost(error),
    })
    this.#makeActive()
  }

  // An application whose context manager cannot be changed only loses the parents of its own spans.
  #makeActive(): void {
    try {
      this.#activeSpans.patch()
    } catch (error) {
      this.#observeFailed(error)
    }
  }

  append(record: TapeRecord): boolean {
    if (this.#closed) return false
    this.#makeActive()
    try {
      if (!this.#takes(record)) return false
      if (record.kind === 'run-event') return this.#takeEvent(record)
      const span = this.#span(record)
      return isSampled(record) && this.#processor.take(span)
    } catch (error) {
      this.#lost(error)
      return false
    }
  }

  #takeEvent(event: RunEvent): boolean {
    const { runId, configKey, version } = event
    this.#prompts.set(runId, { name: configKey, version: String(version) })
    return this.#evaluations?.emit(event) ?? false
  }

  #takes(record: TapeRecord): boolean {
    if (record.kind === 'span' && droppedTag(record)) return false
    return !record.replay || this.#options.replays === true
  }

  async flush(): Promise<void> {
    if (this.#closed) return
    await this.#processor.flush()
    await this.#flushProviders()
  }

  async #flushProviders(): Promise<void> {
    const { meterProvider, loggerProvider, timeoutMs = 30_000 } = this.#options
    const flushed = (what: string, provider: { forceFlush?(): Promise<void> } | undefined) =>
      provider?.forceFlush &&
      inTime(
        () => provider.forceFlush?.(),
        timeoutMs,
        problem => this.#warn(`The OpenTelemetry ${what} provider ${problem}`),
      )
    await Promise.all([flushed('meter', meterProvider), flushed('logger', loggerProvider)])
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#activeSpans.release()
    await this.#processor.shutdown()
    await this.#flushProviders()
  }

  #span(record: SpanRecord): EndedSpan {
    const { provider } = this.#options
    const operation = operationOf(record)
    const body = callsModel(operation) ? requestBody(record) : {}
    const failure = failureOf(record)
    const name = provider?.(record) ?? providerOf(record)
    const all = attributesOf(record, {
      operation,
      provider: name,
      body,
      failure,
      content: this.#content,
      prompt: this.#prompts.of(record.runId),
    })
    this.#observe(record, all, callsModel(operation))
    const { attributes, dropped } = limited(all, this.#limits)
    return endedSpan(record, {
      name: wellFormed(spanName(record, operation, requestModel(body))) as string,
      kind: callsModel(operation) ? client : internal,
      attributes,
      droppedAttributesCount: dropped,
      resource: this.#resource,
      failure,
    })
  }

  // A failure here must not cost the span.
  #observe(record: SpanRecord, attributes: SpanAttributes, isModelCall: boolean): void {
    try {
      this.#metrics?.record(record, attributes, isModelCall)
      if (isModelCall) this.#noteCall(record, attributes['gen_ai.response.id'])
    } catch (error) {
      this.#observeFailed(error)
    }
  }

  #noteCall(record: SpanRecord, responseId: unknown): void {
    const { runId, traceId, spanId } = record
    const span = { traceId, spanId, traceFlags: Number(isSampled(record)) }
    this.#evaluations?.noteCall(runId, span, responseId)
  }

  #observeFailed(error: unknown): void {
    if (this.#reportedOther) return
    this.#reportedOther = true
    this.#warn(
      `OpenTelemetry metrics or context failed; further failures are not reported: ${messageOf(error)}`,
    )
  }

  #lost(error: unknown): void {
    if (this.#reported) return
    this.#reported = true
    this.#warn(
      `A span did not reach the OpenTelemetry processor; further ones are not reported: ${messageOf(error)}`,
    )
  }

  #warn(message: string): void {
    warnSafely(this.#options.logger ?? consoleLogger, message)
  }
}

const internal = 0
const client = 2

/** False if the OpenTelemetry span around its trace was not sampled: the span would be an orphan. Metrics count it. */
const isSampled = ({ metadata }: SpanRecord): boolean => metadata?.remoteParentSampled !== false

function spanName({ name }: SpanRecord, operation: Operation | undefined, model: string | undefined): string {
  if (!operation) return name
  const subject = callsModel(operation) ? model : name
  return subject === undefined ? operation : `${operation} ${subject}`
}

const namelessService = () => ({
  attributes: { 'service.name': process.env.OTEL_SERVICE_NAME || 'unknown_service:node' },
})
