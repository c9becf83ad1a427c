import { type ItemOutcome, wasStopped } from '../compare/item-outcome.ts'
import type { Spread } from '../evaluators/spread.ts'
import type { ReplayItem } from '../report.ts'

/** The outcome of an item, or `stopped`: the replay was stopped before its end, which says nothing about the code. */
export type ItemStatus = ItemOutcome | 'stopped'

export interface JudgedItem {
  readonly item: ReplayItem
  readonly status: ItemStatus
  /** Why the item does not pass; empty if it passes. */
  readonly problems: readonly string[]
}

export interface JudgeItemOptions {
  /** Evaluators with a threshold for their mean: a single score of theirs is not a problem. */
  readonly thresholds?: readonly string[]
}

/**
 * An item does not pass if its outcome is `failed`, or if an evaluator fails it or returned no score. Evaluators that compare with
 * the recording do not judge an item that the code before the change ends in the same way.
 */
export function judgeItem(item: ReplayItem, options: JudgeItemOptions = {}): JudgedItem {
  const status = statusOf(item)
  if (status === 'stopped') return { item, status, problems: [] }
  if (status === 'failed') return { item, status, problems: [...failuresOf(item), ...missingScores(item)] }
  return { item, status, problems: [...lowScores(item, options), ...missingScores(item)] }
}

function statusOf({ outcome, thrown, attempts }: ReplayItem): ItemStatus {
  if (outcome === 'failed') return 'failed'
  return (attempts ?? [{ thrown }]).some(each => wasStopped(each.thrown)) ? 'stopped' : outcome
}

function failuresOf({ attempts, reason, error }: ReplayItem): string[] {
  if (!attempts) return [reason ?? error ?? 'failed']
  const counts = new Map<string, number>()
  for (const { outcome, reason = 'failed' } of attempts)
    if (outcome === 'failed') counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return Array.from(counts, ([reason, count]) => `${count} of ${attempts.length} attempts: ${reason}`)
}

function lowScores(
  { scores, spread = {}, baseline }: ReplayItem,
  { thresholds = [] }: JudgeItemOptions,
): string[] {
  return Object.entries(scores).flatMap(([name, { score, pass, reasoning }]) => {
    if (pass !== false || thresholds.includes(name) || baseline?.excused?.includes(name)) return []
    const why = spread[name] && spread[name].count > 1 ? showSpread(spread[name]) : reasoning
    return [`${name}: ${showScore(score)}${why ? `, ${why}` : ''}`]
  })
}

const missingScores = ({ scoreErrors = {}, baseline }: ReplayItem): string[] =>
  Object.entries(scoreErrors).flatMap(([name, why]) =>
    baseline?.excused?.includes(name) ? [] : [`${name} returned no score: ${why}`],
  )

/** Variance of the scores of several attempts. */
export const showSpread = ({ count, min, max, deviation }: Spread): string =>
  `the mean of ${count} attempts, from ${showScore(min)} to ${showScore(max)}, σ ${showScore(deviation)}`

/** A score with its significant digits. */
export const showScore = (score: number): string => String(Number(score.toFixed(3)))
