import type { SpanRecord } from '@runtape/core'
import { addPending, isKeptOffLive, isOutsideWatched, messageOf, warnSafely } from '@runtape/core/internal'
import { latePartsOf, wholePayload } from './capture/late-parts.ts'
import type { Tracing } from './tracing.ts'

/**
 * Hands a record to its sink: at once, or when the bodies in it have been read. Nothing that a sink does reaches the
 * application.
 */
export function handOver(tracing: Tracing, record: SpanRecord): void {
  if (!record.replay && isOutsideWatched() && isKeptOffLive()) return
  const parts = latePartsOf(record.input, record.output, record.error?.value)
  if (!parts) return append(tracing, record)
  const whole = () => append(tracing, wholeRecord(record))
  if (parts.every(part => part.isSettled)) return whole()
  addPending({ whole: Promise.all(parts.map(part => part.settled)), handOver: whole })
}

function wholeRecord(record: SpanRecord): SpanRecord {
  const { input, output, error } = record
  return {
    ...record,
    input: wholePayload(input),
    ...(output && { output: wholePayload(output) }),
    ...(error?.value && { error: { ...error, value: wholePayload(error.value) } }),
  }
}

function append({ sink, logger }: Tracing, record: SpanRecord): void {
  const unable = (error: unknown) =>
    warnSafely(logger, `The sink did not take a span of ${record.key}: ${messageOf(error)}`)
  try {
    const taken: unknown = sink.append(record)
    // A sink should not be asynchronous; one that is must not end the process by an unhandled rejection.
    if (taken instanceof Promise) taken.catch(unable)
  } catch (error) {
    unable(error)
  }
}
