import type { SpanRecord } from '@runtape/core'
import { addPending, isKeptOffLive, isOutsideWatched, messageOf, warnSafely } from '@runtape/core/internal'
import { isLate, latePartsOf, wholePayload } from '../capture/late/late-parts.ts'
import type { Tracing } from '../tracing.ts'

/** Passes a record to its sink: immediately, or after its bodies have been read. Errors of a sink never reach the application. */
export function handOver(tracing: Tracing, record: SpanRecord): void {
  if (!record.replay && isOutsideWatched() && isKeptOffLive()) return
  const { input, output, error, status } = record
  if (!isLate(input) && !isLate(output) && !isLate(error?.value)) return append(tracing, record)
  const parts = latePartsOf(input, output, error?.value)
  const whole = () => append(tracing, wholeRecord(record))
  // For an unfinished call the record is made when the process ends.
  if (parts.length === 0 || status === 'unfinished') return whole()
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
    warnSafely(logger, `The sink did not accept a span of ${record.key}: ${messageOf(error)}`)
  try {
    const taken: unknown = sink.append(record)
    // A sink should not be asynchronous; if it is, an unhandled rejection must not end the process.
    if (taken instanceof Promise) taken.catch(unable)
  } catch (error) {
    unable(error)
  }
}
