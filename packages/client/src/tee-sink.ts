import { consoleLogger, type Sink, type TapeRecord } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'
import { RefusedEvents } from './refused-events.ts'

/**
 * One sink that sends each record to all of `sinks`. One that throws does not keep it from the others, and is
 * reported once; `append` gives `false` when any of them does not keep the record, so that what a tracker calls
 * recorded is safe in all of them. A metric that is tracked again after that goes only to those that did not keep it:
 * a dashboard counts it once. (The last 10,000 are remembered.) `flush` and `close` wait for all, then reject when any
 * of them did.
 *
 * @example
 * ```ts
 * import { type Sink, teeSink } from '@runtape/client'
 *
 * declare const recorder: Sink, dashboards: Sink
 * const sink = teeSink(recorder, dashboards)
 * ```
 */
export function teeSink(...sinks: readonly Sink[]): Sink {
  const reported = new Set<Sink>()
  const report = (sink: Sink, error: unknown) => {
    if (reported.has(sink)) return
    reported.add(sink)
    const place = `${sinks.indexOf(sink) + 1} of ${sinks.length}`
    warnSafely(consoleLogger, `Sink ${place} in teeSink threw and lost a record: ${messageOf(error)}`)
  }
  const keeps = (sink: Sink, record: TapeRecord): boolean => {
    try {
      return sink.append(record) !== false
    } catch (error) {
      report(sink, error)
      return false
    }
  }
  const refused = new RefusedEvents()
  return {
    append: record => {
      const missing = refused.take(record) ?? sinks
      const refusing = missing.filter(sink => !keeps(sink, record))
      if (refusing.length > 0) refused.put(record, refusing)
      return refusing.length === 0
    },
    flush: () => all(sinks, sink => sink.flush()),
    close: () => all(sinks, sink => sink.close()),
  }
}

async function all(sinks: readonly Sink[], step: (sink: Sink) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(sinks.map(async sink => step(sink)))
  const errors = results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} of ${sinks.length} sinks failed`)
}
