import type { SpanRecord } from '@runtape/core'
import { isKeptOffLive, isOutsideWatched, messageOf, warnSafely } from '@runtape/core/internal'
import type { Tracing } from './tracing.ts'

/** Hands a record to its sink. Nothing that a sink does reaches the application. */
export function handOver({ sink, logger }: Tracing, record: SpanRecord): void {
  const unable = (error: unknown) =>
    warnSafely(logger, `The sink did not take a span of ${record.key}: ${messageOf(error)}`)
  if (!record.replay && isOutsideWatched() && isKeptOffLive()) return
  try {
    const taken: unknown = sink.append(record)
    // A sink should not be asynchronous; one that is must not end the process by an unhandled rejection.
    if (taken instanceof Promise) taken.catch(unable)
  } catch (error) {
    unable(error)
  }
}
