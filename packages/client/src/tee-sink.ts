import { consoleLogger, RuntapeError, type Sink, type TapeRecord } from '@runtape/core'
import { messageOf, runBeforeLastFlush } from '@runtape/core/internal'
import { warnOnce } from './warn-once.ts'

/**
 * One sink that sends each record to all of `sinks`. `append` returns `false` if none of them accepted the record. A sink that
 * throws, or refuses a record that another sink accepted, is reported once and does not affect the others. `flush` and `close`
 * wait for all sinks, then reject if any of them rejected.
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
  const warn = warnOnce(consoleLogger)
  const members = sinks.map((sink, index) => ({
    sink,
    name: `Sink ${index + 1} of ${sinks.length} in teeSink`,
    /** The kinds of records that it has accepted: refusing other kinds is no loss. */
    taken: new Set<TapeRecord['kind']>(),
  }))
  const takes = ({ sink, name, taken }: (typeof members)[number], record: TapeRecord): boolean => {
    try {
      if (sink.append(record) === false) return false
      taken.add(record.kind)
      return true
    } catch (error) {
      warn(`${name} threw and lost a record: ${messageOf(error)}`, `${name} threw`)
      return false
    }
  }
  const tee: Sink = {
    append: record => {
      const refusing = members.filter(member => !takes(member, record))
      if (refusing.length === sinks.length) return sinks.length === 0
      for (const { name, taken } of refusing)
        if (taken.has(record.kind)) warn(`${name} refused a ${record.kind} that another sink accepted.`)
      return true
    },
    flush: () => all(sinks, sink => sink.flush()),
    close: () => {
      // Open calls are recorded as unfinished.
      runBeforeLastFlush(tee)
      return all(sinks, sink => sink.close())
    },
  }
  return tee
}

async function all(sinks: readonly Sink[], step: (sink: Sink) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(sinks.map(async sink => step(sink)))
  const errors = results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length === 1) throw errors[0]
  if (errors.length < 2) return
  const problem = `${errors.length} of ${sinks.length} sinks failed`
  throw new RuntapeError('store-unusable', problem, { cause: new AggregateError(errors, problem) })
}
