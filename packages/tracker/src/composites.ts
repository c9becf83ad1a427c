import { isIteration, type Logger, tapIteration, warnSafely, watchCall } from '@runtape/core'
import type { Clock } from './clock.ts'
import { metricsReader, trackMetrics } from './read-metrics.ts'
import type { RunMetrics } from './run-metrics.ts'
import { StreamProgress, streamObserver } from './stream-observer.ts'
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
  tracker: Tracker,
  clock: Clock,
  logger: Logger,
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
  if (isIteration(stream)) return tapIteration(stream, observer, progress)
  warnSafely(logger, 'trackStreamMetricsOf was given no async iterable; only its making is tracked.')
  progress.end({ status: 'ok' })
  return stream
}
