import type { Logger, TokenUsage } from '@runtape/core'
import {
  type IterationEnd,
  isIteration,
  isWebStream,
  messageOf,
  type NodeStreamObserver,
  tapStream,
  warnSafely,
  watchCall,
} from '@runtape/core/internal'
import type { Clock } from './clock.ts'
import type { RunMetrics } from './run-metrics.ts'

/** The parts of a tracker that a composite uses. */
interface Tracks {
  trackDuration(ms: number): boolean
  trackTimeToFirstToken(ms: number): boolean
  trackTokens(usage: TokenUsage): boolean
  trackSuccess(): boolean
  trackError(error?: unknown): boolean
  trackCancelled(): boolean
}

/** What a composite works with. */
interface Tracking {
  readonly tracker: Tracks
  readonly clock: Clock
  readonly logger: Logger
}

export function trackDurationOf<T>(tracker: Tracks, clock: Clock, fn: () => T): T {
  const started = clock.monotonic()
  const done = () => void tracker.trackDuration(clock.monotonic() - started)
  return watchCall(fn, done, done)
}

export function trackMetricsOf<T>(
  { tracker, clock, logger }: Tracking,
  extract: (result: Awaited<T>) => RunMetrics | undefined,
  fn: () => T,
): T {
  const started = clock.monotonic()
  const read = metricsReader(extract, logger)
  return watchCall(
    fn,
    result => {
      tracker.trackDuration(clock.monotonic() - started)
      trackMetrics(tracker, read(result))
    },
    error => {
      tracker.trackDuration(clock.monotonic() - started)
      tracker.trackError(error)
    },
  )
}

export async function trackStreamMetricsOf<TChunk, TStream extends AsyncIterable<TChunk>>(
  { tracker, clock, logger }: Tracking,
  createStream: () => TStream | Promise<TStream>,
  extract: (chunk: TChunk) => RunMetrics | undefined,
): Promise<TStream> {
  const progress = new StreamProgress(tracker, clock)
  const observer = streamObserver(progress, metricsReader(extract as (chunk: unknown) => RunMetrics, logger))
  let stream: TStream
  try {
    stream = await createStream()
  } catch (error) {
    progress.end({ status: 'error', error })
    throw error
  }
  if (isIteration(stream) || isWebStream(stream)) return tapStream(stream, observer, progress)
  warnSafely(logger, 'trackStreamMetricsOf was given no async iterable, so only its creation is tracked.')
  progress.end({ status: 'ok' })
  return stream
}

/** Metrics read from an answer; without a value if it has none. */
interface ReadMetrics {
  readonly success: boolean | undefined
  readonly usage: TokenUsage | undefined
}

const nothing: ReadMetrics = { success: undefined, usage: undefined }

/** Runs an extractor. If the extractor or its result throws, warns once and returns nothing. */
function metricsReader<T>(
  extract: (value: T) => RunMetrics | undefined,
  logger: Logger,
): (value: T) => ReadMetrics {
  let isSaid = false
  return value => {
    try {
      const { success, usage } = extract(value) ?? nothing
      return { success, usage: usage ?? undefined }
    } catch (error) {
      if (!isSaid) warnSafely(logger, explain(error))
      isSaid = true
      return nothing
    }
  }
}

/** Outcome, then tokens. */
function trackMetrics(tracker: Tracks, metrics: ReadMetrics, failure?: { thrown: unknown }): void {
  if (failure) tracker.trackError(failure.thrown)
  else if (metrics.success === false) tracker.trackError()
  else tracker.trackSuccess()
  if (metrics.usage) tracker.trackTokens(metrics.usage)
}

const explain = (error: unknown) =>
  `The metrics extractor threw: ${messageOf(error)}. The result is returned; its tokens are not recorded.`

type StreamEnd = { readonly status: IterationEnd['status']; readonly error?: unknown }

/** Tracks a stream while it is read. It must not reference the reader: see `tapIteration`. */
class StreamProgress {
  readonly #tracker: Tracks
  readonly #clock: Clock
  readonly #started: number
  #lastChunkAt: number | undefined
  #success: boolean | undefined
  #usage: ReadMetrics['usage']

  constructor(tracker: Tracks, clock: Clock) {
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
    if (how.status === 'cancelled') return this.#cancel()
    const error = how.status === 'error' ? { thrown: how.error } : undefined
    trackMetrics(this.#tracker, { success: this.#success, usage: this.#usage }, error)
  }

  #cancel(): void {
    this.#tracker.trackCancelled()
    if (this.#usage) this.#tracker.trackTokens(this.#usage)
  }

  // Detected long afterwards: only what was seen while reading is reliable.
  #abandon(): void {
    if (this.#lastChunkAt !== undefined) this.#tracker.trackDuration(this.#lastChunkAt - this.#started)
    if (this.#usage) this.#tracker.trackTokens(this.#usage)
  }
}

/** Feeds `progress` with what `read` finds in each chunk. */
function streamObserver(progress: StreamProgress, read: (chunk: unknown) => ReadMetrics): NodeStreamObserver {
  return {
    step: run => run(),
    outside: run => run(),
    chunk: value => progress.chunk(() => read(value)),
    end: how => progress.end(how),
  }
}
