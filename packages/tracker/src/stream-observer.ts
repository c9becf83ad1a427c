import type { IterationEnd, IterationObserver } from '@runtape/core'
import type { Clock } from './clock.ts'
import { type ReadMetrics, trackMetrics } from './read-metrics.ts'
import type { Tracker } from './tracker.ts'

type StreamEnd = { readonly status: IterationEnd['status']; readonly error?: unknown }

/** Tracks a stream while it is read. It knows what was read, not who reads: see `tapIteration`. */
export class StreamProgress {
  readonly #tracker: Tracker
  readonly #clock: Clock
  readonly #started: number
  #lastChunkAt: number | undefined
  #success: boolean | undefined
  #usage: ReadMetrics['usage']

  constructor(tracker: Tracker, clock: Clock) {
    this.#tracker = tracker
    this.#clock = clock
    this.#started = clock.monotonic()
  }

  chunk(read: () => ReadMetrics): void {
    const now = this.#clock.monotonic()
    if (this.#lastChunkAt === undefined) this.#tracker.trackTimeToFirstToken(now - this.#started)
    this.#lastChunkAt = now
    const { success, usage } = read()
    this.#success = success ?? this.#success
    this.#usage = usage ?? this.#usage
  }

  end(how: StreamEnd): void {
    if (how.status === 'abandoned') return this.#abandon()
    this.#tracker.trackDuration(this.#clock.monotonic() - this.#started)
    const error = how.status === 'error' ? { thrown: how.error } : undefined
    trackMetrics(this.#tracker, { success: this.#success, usage: this.#usage }, error)
  }

  // Noticed long after it happened: only what was seen while it was read is true.
  #abandon(): void {
    if (this.#lastChunkAt !== undefined) this.#tracker.trackDuration(this.#lastChunkAt - this.#started)
    if (this.#usage) this.#tracker.trackTokens(this.#usage)
  }
}

/** Feeds `progress` with what `read` finds in each chunk. */
export function streamObserver(
  progress: StreamProgress,
  read: (chunk: unknown) => ReadMetrics,
): IterationObserver {
  return {
    step: run => run(),
    chunk: value => progress.chunk(() => read(value)),
    end: how => progress.end(how),
  }
}
