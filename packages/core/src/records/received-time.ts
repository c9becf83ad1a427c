import type { Metric } from './records.ts'

/** A time before 2020 means that the clock is not set: Runtape is younger. */
const earliest = Date.UTC(2020, 0, 1)

/** Allowed lead over the store's clock. */
const latestAheadMs = 5 * 60_000

/**
 * Whether the time of an event is possible, by the clock of the store that received it.
 *
 * @param receivedAt the time of receipt by the store's clock; `undefined` if an older version did not record it
 */
export function isPossibleTime(at: number, receivedAt: number | undefined): boolean {
  if (receivedAt === undefined) return true
  // A store whose own clock is not set cannot detect a lead.
  return at >= earliest && (receivedAt < earliest || at <= receivedAt + latestAheadMs)
}

/** The time at which an event counts: its own time, or the time of receipt if its own is impossible. */
export function countedAt(at: number, receivedAt: number | undefined): number {
  return isPossibleTime(at, receivedAt) ? at : (receivedAt ?? at)
}

/** Whether a metric is about what the run did. Feedback and scores come later, from other machines. */
export const isOfRunItself = (metric: Metric): boolean =>
  metric !== 'feedback' && !metric.startsWith('score:')
