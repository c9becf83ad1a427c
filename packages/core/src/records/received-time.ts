import type { Metric } from './records.ts'

/** A clock before 2020 is not set: Runtape is younger. */
const earliest = Date.UTC(2020, 0, 1)

/** So far ahead of the store's clock another one may be. */
const latestAheadMs = 5 * 60_000

/**
 * Whether an event can have happened when it says, by the clock of the store that received it.
 *
 * @param receivedAt when it came, by the store's clock; `undefined` if an older version did not note it
 */
export function isPossibleTime(at: number, receivedAt: number | undefined): boolean {
  if (receivedAt === undefined) return true
  // A store whose own clock is not set cannot tell what is ahead of it.
  return at >= earliest && (receivedAt < earliest || at <= receivedAt + latestAheadMs)
}

/** The time that an event counts at: its own, or when the store received it if its own cannot be. */
export function countedAt(at: number, receivedAt: number | undefined): number {
  return isPossibleTime(at, receivedAt) ? at : (receivedAt ?? at)
}

/** Whether a metric is of what the run did; feedback and scores are said of it later, by other machines. */
export const isOfRunItself = (metric: Metric): boolean =>
  metric !== 'feedback' && !metric.startsWith('score:')
