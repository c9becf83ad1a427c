import type { IterationEnd, IterationObserver } from '@runtape/core'
import type { Clock } from './clock.ts'
import { trackMetrics } from './composites.ts'
import type { RunMetrics } from './run-metrics.ts'
import type { Tracker } from './tracker.ts'

type StreamEnd = { readonly status: IterationEnd['status']; readonly error?: unknown }

/** Tracks a stream while it is read. */
export class StreamObserver implements IterationObserver {
  readonly #tracker: Tracker
  readonly #clock: Clock
  readonly #extract: (chunk: unknown) => RunMetrics | undefined
  readonly #started: number
  #lastChunkAt: number | undefined
  #metrics: RunMetrics = {}

  constructor(tracker: Tracker, clock: Clock, extract: (chunk: unknown) => RunMetrics | undefined) {
    this.#tracker = tracker
    this.#clock = clock
    this.#extract = extract
    this.#started = clock.monotonic()
  }

  step<T>(run: () => T): T {
    return run()
  }

  chunk(value: unknown): void {
    const now = this.#clock.monotonic()
    if (this.#lastChunkAt === undefined) this.#tracker.trackTimeToFirstToken(now - this.#started)
    this.#lastChunkAt = now
    this.#metrics = { ...this.#metrics, ...this.#extract(value) }
  }

  end(how: StreamEnd): void {
    if (how.status === 'abandoned') return this.#abandon()
    this.#tracker.trackDuration(this.#clock.monotonic() - this.#started)
    if (how.status !== 'error') return trackMetrics(this.#tracker, this.#metrics)
    this.#tracker.trackError(how.error)
    if (this.#metrics.usage) this.#tracker.trackTokens(this.#metrics.usage)
  }

  // Noticed long after it happened: only what was seen while it was read is true.
  #abandon(): void {
    if (this.#lastChunkAt !== undefined) this.#tracker.trackDuration(this.#lastChunkAt - this.#started)
    if (this.#metrics.usage) this.#tracker.trackTokens(this.#metrics.usage)
  }
}
