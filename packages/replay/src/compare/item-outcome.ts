import { RuntapeError } from '@runtape/core'
import type { MockedCall, MockReport } from '../match/mock-report.ts'
import type { Comparison } from './compare-payloads.ts'

/**
 * How an item compares to its recording. `failed`: it threw an error that was not recorded, did not run, or a call was not
 * answered. `changed`: it ended differently. `unknown`: it could not be compared. `same`: it ended as recorded.
 */
export type ItemOutcome = 'same' | 'changed' | 'unknown' | 'failed'

/** An outcome, and why it is `unknown` or `failed`; for `changed` set if another kind of result was returned. */
export interface OutcomeWithReason {
  readonly outcome: ItemOutcome
  readonly reason?: string
}

interface Ended {
  readonly error: string | null
  readonly thrown?: unknown
  readonly mocks: MockReport
}

/** The only place that decides the outcome of an item. `compared` is absent if there is nothing to compare. */
export function outcomeOf({ error, thrown, mocks }: Ended, compared?: Comparison): OutcomeWithReason {
  if (wasStopped(thrown)) return { outcome: 'unknown', reason: error ?? 'the replay was stopped' }
  const isAlike = compared !== undefined && (compared.result !== 'different' || compared.isAlike === true)
  if (error !== null && !isAlike) return { outcome: 'failed', reason: error }
  const missed = missReason(mocks.missed)
  if (missed !== undefined) return { outcome: 'failed', reason: missed }
  if (compared === undefined) return { outcome: 'unknown', reason: 'the replayed call left no span' }
  if (compared.result === 'unknown') return { outcome: 'unknown', reason: compared.reason }
  if (compared.result === 'same') return { outcome: 'same' }
  return { outcome: 'changed', ...(compared.reason !== undefined && { reason: compared.reason }) }
}

/** Whether the replay was stopped from outside: an item whose own time limit expired has no cause. */
export const wasStopped = (thrown: unknown): boolean =>
  RuntapeError.isInstance(thrown) && thrown.code === 'replay-stopped' && thrown.cause !== undefined

// Code can catch the error of a missed call and still end as recorded. A call that ran instead (onMiss: 'run') fails nothing.
function missReason(missed: readonly MockedCall[]): string | undefined {
  const unanswered = missed.filter(({ ran }) => !ran)
  if (unanswered.length === 0) return undefined
  const names = [...new Set(unanswered.map(({ key }) => key))].join(', ')
  const why = [...new Set(unanswered.map(({ reason }) => reason).filter(reason => reason !== undefined))]
  const calls =
    unanswered.length === 1 ? 'a call was' : `${unanswered.length.toLocaleString('en-US')} calls were`
  return `${calls} missed: ${names}${why.length > 0 ? ` (${why.slice(0, 3).join('; ')})` : ''}`
}

const byWeight: readonly ItemOutcome[] = ['failed', 'changed', 'unknown', 'same']

/** The outcome of several attempts: the worst one, with its first reason. */
export function worstOutcome(attempts: readonly OutcomeWithReason[]): OutcomeWithReason {
  const outcome = byWeight.find(each => attempts.some(attempt => attempt.outcome === each)) ?? 'unknown'
  const reason = attempts.find(attempt => attempt.outcome === outcome)?.reason
  return { outcome, ...(reason !== undefined && { reason }) }
}
