import type { EndedSpan } from '../spans/ended-span.ts'
import { inTime } from './in-time.ts'
import type { SpanProcessor } from './span-processor.ts'

/** A batch processor holds 2,048 spans by default, and silently drops what comes while it is full. */
const mostBetweenFlushes = 1000
/** Spans that wait for the processor; the oldest stay, as it would keep them. */
const mostWaiting = 100_000

/** Hands spans to a processor no faster than it can take them. */
export class PacedProcessor {
  readonly #processor: SpanProcessor
  readonly #timeoutMs: number
  readonly #warn: (message: string) => void
  readonly #lost: (error: unknown) => void
  #waiting: EndedSpan[] = []
  #sinceFlush = 0
  #flushing: Promise<void> | undefined
  #dropped = 0

  constructor(
    processor: SpanProcessor,
    timeoutMs: number,
    { warn, lost }: { warn(message: string): void; lost(error: unknown): void },
  ) {
    this.#processor = processor
    this.#timeoutMs = timeoutMs
    this.#warn = warn
    this.#lost = lost
  }

  /** @returns whether the span was taken */
  take(span: EndedSpan): boolean {
    if (this.#flushing) return this.#wait(span)
    const isTaken = this.#pass(span)
    if (this.#sinceFlush >= mostBetweenFlushes) this.#flushing = this.#drain()
    return isTaken
  }

  async flush(): Promise<void> {
    await this.#flushing
    await this.#inTime('forceFlush')
  }

  async shutdown(): Promise<void> {
    await this.#flushing
    await this.#inTime('shutdown')
  }

  #wait(span: EndedSpan): boolean {
    if (this.#waiting.length < mostWaiting) {
      this.#waiting.push(span)
      return true
    }
    this.#dropped++
    if (this.#dropped === 1)
      this.#warn(
        `The OpenTelemetry processor is slower than the spans: ${mostWaiting} wait, and further ones are dropped.`,
      )
    return false
  }

  async #drain(): Promise<void> {
    for (;;) {
      await this.#inTime('forceFlush')
      this.#sinceFlush = 0
      const next = this.#waiting.splice(0, mostBetweenFlushes)
      for (const span of next) this.#pass(span)
      if (this.#sinceFlush < mostBetweenFlushes) break
    }
    if (this.#dropped > 0) this.#warn(`${this.#dropped} spans were dropped before OpenTelemetry's processor.`)
    this.#dropped = 0
    this.#flushing = undefined
  }

  #pass(span: EndedSpan): boolean {
    this.#sinceFlush++
    try {
      const taken: unknown = this.#processor.onEnd(span)
      // A processor should not be asynchronous; if it is, an unhandled rejection must not end the process.
      if (taken instanceof Promise) taken.catch(error => this.#lost(error))
      return true
    } catch (error) {
      this.#lost(error)
      return false
    }
  }

  #inTime(step: 'forceFlush' | 'shutdown'): Promise<void> {
    const say = (problem: string) => this.#warn(`The OpenTelemetry processor ${problem}`)
    return inTime(() => this.#processor[step](), this.#timeoutMs, say, step)
  }
}
