import { consoleLogger, type Logger, RuntapeError, type Sink, type SpanRecord } from '@runtape/core'
import { droppedTag, messageOf, warnSafely } from '@runtape/core/internal'
import { attributesOf } from './attributes.ts'
import { type EndedSpan, endedSpan } from './ended-span.ts'
import { failureOf } from './failure.ts'
import { callsModel, type Operation, operationOf, providerOf } from './operation.ts'
import { requestBody, requestModel } from './request.ts'
import type { SpanAttributes } from './span-attributes.ts'

/** Fits the span processors of the OpenTelemetry SDK, versions 1 to 3: `BatchSpanProcessor` and the like. */
export interface SpanProcessor {
  onEnd(span: EndedSpan): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

export interface OtelSinkOptions {
  /** Takes each span when it has ended. It is shut down with the sink, so share it only if that is right. */
  readonly processor: SpanProcessor
  /** What the spans come from, as made by `@opentelemetry/resources`. Left out: a service of `OTEL_SERVICE_NAME`. */
  readonly resource?: { readonly attributes: SpanAttributes }
  /** Sends messages, arguments and results along. Default: false, since they are private. */
  readonly content?: boolean
  /** Also takes spans that a replay made. Default: false. */
  readonly replays?: boolean
  /** Names the provider of a model call where its key does not: `azure.ai.openai`. */
  readonly provider?: (span: SpanRecord) => string | undefined
  readonly logger?: Logger
}

/**
 * A sink that hands each span to an OpenTelemetry processor, by the GenAI semantic conventions, with the ids that it
 * has on the tape. It takes spans only: `append` gives `false` for run events, for the stubs of dropped calls, and for replays unless `replays` is on.
 * Nothing it does throws or rejects; what a processor cannot take is reported once.
 *
 * @throws {RuntapeError} `invalid-option` when `processor` is none.
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
  #closed = false
  #reported = false

  constructor(options: OtelSinkOptions) {
    this.#options = options
    this.#resource = options.resource ?? namelessService()
  }

  append(record: Parameters<Sink['append']>[0]): boolean {
    if (this.#closed) return false
    try {
      if (!this.#takes(record)) return false
      const taken: unknown = this.#options.processor.onEnd(this.#span(record))
      // A processor should not be asynchronous; one that is must not end the process by an unhandled rejection.
      if (taken instanceof Promise) taken.catch(error => this.#lost(error))
      return true
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
    if (!this.#closed) await this.#passOn('forceFlush')
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#passOn('shutdown')
  }

  #span(record: SpanRecord): EndedSpan {
    const { content = false, provider } = this.#options
    const operation = operationOf(record)
    const body = callsModel(operation) ? requestBody(record) : {}
    const failure = failureOf(record)
    const name = provider?.(record) ?? providerOf(record)
    const attributes = attributesOf(record, { operation, provider: name, body, failure, content })
    return endedSpan(record, {
      name: spanName(record, operation, requestModel(body)),
      kind: callsModel(operation) ? client : internal,
      attributes,
      resource: this.#resource,
      failure,
    })
  }

  async #passOn(step: 'forceFlush' | 'shutdown'): Promise<void> {
    try {
      await this.#options.processor[step]()
    } catch (error) {
      this.#warn(`The OpenTelemetry processor failed in ${step}: ${messageOf(error)}`)
    }
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
