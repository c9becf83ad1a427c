import type { ReplayItem } from '../report.ts'
import { showCount } from './show-number.ts'

/** How an item stands to its recording: it failed where the recording did not, or ended otherwise, or alike. */
export type ItemStatus = 'failed' | 'changed' | 'same'

export interface JudgedItem {
  readonly item: ReplayItem
  readonly status: ItemStatus
  /** Why the item speaks against the code; empty when it does not. */
  readonly problems: readonly string[]
}

export interface JudgeItemOptions {
  /** As the replay had it: with `run` a call that is not on the tape is no problem. `error` when left out. */
  readonly onMiss?: 'error' | 'run'
  /** Evaluators whose mean is held against a threshold: a single score of theirs is no problem. */
  readonly thresholds?: readonly string[]
}

/**
 * An item speaks against the code when it failed, when a call was not on the tape, and when an evaluator says that it
 * does not pass or gave no score.
 */
export function judgeItem(item: ReplayItem, options: JudgeItemOptions = {}): JudgedItem {
  const status = statusOf(item)
  const failures = status === 'failed' ? failuresOf(item) : []
  const misses = failures.length === 0 && options.onMiss !== 'run' ? missesOf(item) : []
  return { item, status, problems: [...failures, ...misses, ...scoreProblems(item, options)] }
}

function statusOf(item: ReplayItem): ItemStatus {
  if (item.same) return 'same'
  const attempts = item.attempts ?? [item]
  return attempts.some(({ same, error }) => !same && error !== null) ? 'failed' : 'changed'
}

function failuresOf({ attempts, error }: ReplayItem): string[] {
  if (!attempts) return [error ?? 'failed']
  return attempts.flatMap((attempt, index) =>
    attempt.same || attempt.error === null
      ? []
      : [`attempt ${index + 1} of ${attempts.length}: ${attempt.error}`],
  )
}

// Code can catch what a call throws that is not on the tape, and still end as it did.
function missesOf(item: ReplayItem): string[] {
  const missed = (item.attempts ?? [item]).flatMap(({ mocks }) => mocks.missed)
  if (missed.length === 0) return []
  const names = [...new Set(missed.map(({ key }) => key))].join(', ')
  const calls = missed.length === 1 ? 'a call is' : `${showCount(missed.length)} calls are`
  return [`${calls} not on the tape: ${names}`]
}

function scoreProblems({ scores, scoreErrors = {} }: ReplayItem, { thresholds = [] }: JudgeItemOptions) {
  const failing = Object.entries(scores).filter(
    ([name, { pass }]) => pass === false && !thresholds.includes(name),
  )
  return [
    ...failing.map(
      ([name, { score, reasoning }]) => `${name}: ${showScore(score)}${reasoning ? `, ${reasoning}` : ''}`,
    ),
    ...Object.entries(scoreErrors).map(([name, why]) => `${name} gave no score: ${why}`),
  ]
}

/** A score with as many digits as say something. */
export const showScore = (score: number): string => String(Number(score.toFixed(3)))
