import type { Payload, SpanStatus } from '@runtape/core'
import type { ChunkOrder, IterationEnd, NodeStreamObserver } from '@runtape/core/internal'
import { contained, type Fields, fieldsOf } from '@runtape/provider'
import type { CaptureLimits } from '@runtape/trace'
import { captureOutput, type Span, StreamEncoder } from '@runtape/trace/provider'
import type { SdkCall } from './attempts.ts'
import { PartFold } from './fold-parts.ts'
import { keptAnswer, type StreamEnd } from './recorded-answer.ts'
import { factsOf } from './sdk-call.ts'

/**
 * Observes a call with a stream to its end, and then releases it, because the stream may be kept for long. Must hold no
 * reference, direct or indirect, to the stream.
 */
export class StreamWatch implements NodeStreamObserver {
  #call: SdkCall | undefined
  readonly #signal: WeakRef<AbortSignal> | undefined
  readonly #head: Fields
  #fold = new PartFold()
  #encoder: StreamEncoder | undefined
  readonly #order: ChunkOrder | undefined

  constructor(call: SdkCall, signal: AbortSignal | undefined, head: Fields) {
    this.#call = call
    this.#signal = signal && new WeakRef(signal)
    this.#head = keptAnswer(head)
    if (!call.span) return
    this.#encoder = new StreamEncoder(call.span.tracing.limits)
    this.#order = call.span.chunkOrder()
    const { limits } = call.span.tracing
    call.span.expect('promise', () => this.#output({}, limits))
  }

  step<T>(run: () => T): T {
    return run()
  }

  outside<T>(run: () => T): T {
    return run()
  }

  chunk(part: unknown): void {
    contained(() => {
      this.#notePlace(this.#call?.span)
      const fields = fieldsOf(part)
      this.#encoder?.add(fields.type === 'error' ? withMark(fields) : part)
      if (this.#fold.add(fields)) this.#call?.firstContent()
    })
  }

  /** A replay passes each part at its position among other events. */
  #notePlace(span: Span | undefined): void {
    const place = this.#order && span?.order?.next()
    if (place !== undefined) this.#order?.add(place, span?.elapsed() ?? 0)
  }

  end(how: IterationEnd): void {
    const call = this.#call
    this.#call = undefined
    contained(() => call && this.#endCall(call, how))
    this.#encoder = undefined
    this.#fold = new PartFold()
  }

  #endCall(call: SdkCall, how: IterationEnd): void {
    const { finish, error: told, modelId } = this.#fold
    const broken = how.status === 'error' ? how : undefined
    const isAborted = broken !== undefined && this.#signal?.deref()?.aborted === true
    const { error } = broken ?? told ?? {}
    const status = told ? 'error' : isAborted ? 'cancelled' : this.#statusOf(how)
    const ended: StreamEnd = {
      ...(how.status === 'ok' && { closed: true as const }),
      ...(isAborted && { aborted: true as const }),
    }
    const facts = factsOf(finish, modelId)
    const chunkOrder = this.#order?.text
    if (chunkOrder) call.span?.noteEffects({ chunkOrder })
    call.end({ status, error, facts, output: limits => this.#output(ended, limits) })
  }

  #statusOf({ status }: IterationEnd): SpanStatus {
    return this.#fold.finish && status !== 'error' ? 'ok' : status
  }

  // A secret may be split across parts, and is then found only in their aggregate.
  #output(ended: StreamEnd, limits: CaptureLimits | undefined): Payload {
    const returned = { ...ended, ...this.#head, content: this.#fold.content() }
    const payload = this.#encoder?.finish(returned) ?? captureOutput({}, limits)
    if (!payload.redacted || limits?.keepsOutput === false) return payload
    return captureOutput({ withheld: true, returned }, limits)
  }
}

const mark = Symbol.for('vercel.ai.providerStreamError')

/** The SDK marks a provider's own errors with a non-enumerable property, which captures would lose. */
function withMark(part: Fields): Fields {
  const { error } = part
  const isMarked = fieldsOf(error)[mark as never] === true
  return isMarked ? { ...part, error: { ...fieldsOf(error), [mark]: true } } : part
}
