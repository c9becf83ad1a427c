import { consoleLogger, messageOf, type Sink, type TapeRecord, warnSafely } from '@runtape/core'

/**
 * One sink that sends each record to all of `sinks`. One that throws does not keep it from the others, and is
 * reported once; `append` gives `false` only when none of them keeps the record. `flush` and `close` wait for all, then reject when
 * any of them did.
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
  return {
    append: record => appendToAll(sinks, record, report),
    flush: () => all(sinks, sink => sink.flush()),
    close: () => all(sinks, sink => sink.close()),
  }
}

function appendToAll(
  sinks: readonly Sink[],
  record: TapeRecord,
  report: (sink: Sink, error: unknown) => void,
): boolean {
  let kept = sinks.length === 0
  for (const sink of sinks) {
    try {
      if (sink.append(record) !== false) kept = true
    } catch (error) {
      report(sink, error)
    }
  }
  return kept
}

async function all(sinks: readonly Sink[], step: (sink: Sink) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(sinks.map(async sink => step(sink)))
  const errors = results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} of ${sinks.length} sinks failed`)
}
