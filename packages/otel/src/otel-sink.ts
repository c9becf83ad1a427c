import { consoleLogger, type Logger, RuntapeError, type Sink, type SpanRecord } from '@runtape/core'
import { droppedTag, messageOf, warnSafely } from '@runtape/core/internal'
import { attributesOf } from './attributes/attributes.ts'
import { failureOf } from './attributes/failure.ts'
import { callsModel, type Operation, operationOf, providerOf } from './attributes/operation.ts'
import { requestBody, requestModel } from './attributes/request.ts'
import type { SpanAttributes } from './attributes/span-attributes.ts'
import { PacedProcessor } from './processors/paced-processor.ts'
import type { SpanProcessor } from './processors/span-processor.ts'
import { type EndedSpan, endedSpan } from './spans/ended-span.ts'
import { limited, limitsOf } from './spans/span-limits.ts'
import { wellFormed } from './spans/well-formed.ts'

export interface OtelSinkOptions {
  /** Receives each span when it has ended. It is shut down with the sink, so do not share it if others still need it. */
  readonly processor: SpanProcessor
  /** The resource of the spans, as created by `@opentelemetry/resources`. Default: a service named by `OTEL_SERVICE_NAME`. */
  readonly resource?: { readonly attributes: SpanAttributes }
  /** Also sends messages, arguments and results. Default: false, because they are private. */
  readonly content?: boolean
  /** Also accepts spans made by a replay. Default: false. */
  readonly replays?: boolean
  /** Returns the provider of a model call whose key does not show it: `azure.ai.openai`. */
  readonly provider?: (span: SpanRecord) => string | undefined
  /** Milliseconds for the processor to flush or to shut down; what it has then may be lost. Default: 30,000, its own limit. */
  readonly timeoutMs?: number
  readonly logger?: Logger
}

/**
 * A sink that passes each span to an OpenTelemetry processor, by the GenAI semantic conventions, with its recorded ids. It
 * accepts only spans: `append` returns `false` for run events, for stubs of dropped calls, and for replays unless `replays` is
 * true. It never throws or rejects; the first failure of the processor is reported.
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
  #closed = false
  #reported = false

  constructor(options: OtelSinkOptions) {
    this.#options = options
    this.#resource = options.resource ?? namelessService()
    this.#processor = new PacedProcessor(options.processor, options.timeoutMs ?? 30_000, {
      warn: message => this.#warn(message),
      lost: error => this.#lost(error),
    })
  }

  append(record: Parameters<Sink['append']>[0]): boolean {
    if (this.#closed) return false
    try {
      if (!this.#takes(record)) return false
      return this.#processor.take(this.#span(record))
    } catch (error) {
      this.#lost(error)
      return false
    }
  }

  #takes(record: Parameters<Sink['append']>[0]): record is SpanRecord {
    if (record.kind !== 'span' || droppedTag(record)) return false
    return !record.replay || this.#options.replays === true
  }

  async flush(): Promise<void> {
    if (!this.#closed) await this.#processor.flush()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#processor.shutdown()
  }

  #span(record: SpanRecord): EndedSpan {
    const { content = false, provider } = this.#options
    const operation = operationOf(record)
    const body = callsModel(operation) ? requestBody(record) : {}
    const failure = failureOf(record)
    const name = provider?.(record) ?? providerOf(record)
    const all = attributesOf(record, { operation, provider: name, body, failure, content })
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

function spanName({ name }: SpanRecord, operation: Operation | undefined, model: string | undefined): string {
  if (!operation) return name
  const subject = callsModel(operation) ? model : name
  return subject === undefined ? operation : `${operation} ${subject}`
}

const namelessService = () => ({
  attributes: { 'service.name': process.env.OTEL_SERVICE_NAME || 'unknown_service:node' },
})
