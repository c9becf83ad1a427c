import type { Metric, MetricValue } from '@runtape/core'
import type { Tracker } from '@runtape/tracker'

/** One slot of a run that every process tries to take. */
export interface Race {
  readonly metric: Metric
  /** The stored value if this one comes first. */
  readonly value: MetricValue
  track(tracker: Tracker): boolean
}

export const racesPerToken = 8

/**
 * The races for one token. Processes agree on every second one, so that they make duplicates; on the others each
 * try has unique values, so that they make conflicts and the stored value identifies its writer.
 *
 * @param attempt different for every try of the soak, from 1 on
 */
export function racesFor(token: number, attempt: number): readonly Race[] {
  const mark = token % 2 === 0 ? 1 : attempt
  const tokens = { input: mark, output: 1, total: mark + 1 }
  const kind = mark % 2 === 0 ? 'positive' : 'negative'
  const feedback = { kind, comment: `try ${mark}` } as const
  const score = { score: mark, reasoning: `try ${mark}` }
  return [
    { metric: 'duration', value: mark, track: tracker => tracker.trackDuration(mark) },
    { metric: 'time-to-first-token', value: mark, track: tracker => tracker.trackTimeToFirstToken(mark) },
    { metric: 'tokens', value: tokens, track: tracker => tracker.trackTokens(tokens) },
    outcomeRace(mark),
    { metric: 'feedback', value: feedback, track: tracker => tracker.trackFeedback(feedback) },
    toolRace('call-1', `lookup ${mark}`),
    toolRace('call-2', `refund ${mark}`),
    { metric: 'score:helpful', value: score, track: tracker => tracker.trackScore('helpful', score) },
  ]
}

function outcomeRace(mark: number): Race {
  if (mark % 2 === 0)
    return { metric: 'outcome', value: { status: 'success' }, track: tracker => tracker.trackSuccess() }
  const message = `try ${mark}`
  return {
    metric: 'outcome',
    value: { status: 'error', error: { name: 'Error', message } },
    track: tracker => tracker.trackError(new Error(message)),
  }
}

function toolRace(id: string, name: string): Race {
  return { metric: `tool-call:${id}`, value: { name }, track: tracker => tracker.trackToolCall({ id, name }) }
}
