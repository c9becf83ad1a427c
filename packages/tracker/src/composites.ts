import { isIteration, type Logger, messageOf, tapIteration, warnSafely, watchCall } from '@runtape/core'
import type { Clock } from './clock.ts'
import type { RunMetrics } from './run-metrics.ts'
import { StreamObserver } from './stream-observer.ts'
import type { Tracker } from './tracker.ts'

export function trackDurationOf<T>(tracker: Tracker, clock: Clock, fn: () => T): T {
  const started = clock.monotonic()
  const done = () => void tracker.trackDuration(clock.monotonic() - started)
  return watchCall(fn, done, done)
}

export function trackMetricsOf<T>(
  tracker: Tracker,
  clock: Clock,
  logger: Logger,
  extract: (result: Awaited<T>) => RunMetrics,
  fn: () => T,
): T {
  const started = clock.monotonic()
  const took = () => clock.monotonic() - started
  return watchCall(
    fn,
    result => {
      tracker.trackDuration(took())
      trackMetrics(
        tracker,
        readMetrics(logger, () => extract(result)),
      )
    },
    error => {
      tracker.trackDuration(took())
      tracker.trackError(error)
    },
  )
}

export async function trackStreamMetricsOf<TChunk, TStream extends AsyncIterable<TChunk>>(
  tracker: Tracker,
  clock: Clock,
  logger: Logger,
  createStream: () => TStream | Promise<TStream>,
  extract: (chunk: TChunk) => RunMetrics | undefined,
): Promise<TStream> {
  const observer = new StreamObserver(tracker, clock, chunk =>
    readMetrics(logger, () => extract(chunk as TChunk)),
  )
  try {
    const stream = await createStream()
    if (isIteration(stream)) return tapIteration(stream, observer)
    warnSafely(logger, 'trackStreamMetricsOf was given no async iterable; only its making is tracked.')
    observer.end({ status: 'ok' })
    return stream
  } catch (error) {
    observer.end({ status: 'error', error })
    throw error
  }
}

/** Outcome, then tokens, as an extractor read them. */
export function trackMetrics(tracker: Tracker, metrics: RunMetrics | undefined): void {
  if (metrics?.success === false) tracker.trackError()
  else tracker.trackSuccess()
  if (metrics?.usage) tracker.trackTokens(metrics.usage)
}

function readMetrics(logger: Logger, read: () => RunMetrics | undefined): RunMetrics | undefined {
  try {
    return read()
  } catch (error) {
    warnSafely(
      logger,
      `The metrics extractor threw: ${messageOf(error)}. The result is passed on; its tokens are not recorded.`,
    )
    return undefined
  }
}
