import { RuntapeError } from '@runtape/core'
import type { Spread } from '../evaluators/spread.ts'
import type { ReplayItem } from '../report.ts'
import { showCount } from './show-number.ts'

/**
 * How an item stands to its recording: it failed where the recording did not, or ended otherwise, or alike; or the
 * replay was stopped before its end, which says nothing about the code.
 */
export type ItemStatus = 'failed' | 'changed' | 'same' | 'stopped'

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
  if (status === 'stopped') return { item, status, problems: [] }
  if (status === 'failed') return { item, status, problems: [...failuresOf(item), ...missingScores(item)] }
  const misses = options.onMiss === 'run' ? [] : missesOf(item)
  return { item, status, problems: [...misses, ...lowScores(item, options), ...missingScores(item)] }
}

function statusOf(item: ReplayItem): ItemStatus {
  if (item.same) return 'same'
  const others = (item.attempts ?? [item]).filter(({ same }) => !same)
  if (others.some(({ error, thrown }) => error !== null && !wasStopped(thrown))) return 'failed'
  return others.some(({ thrown }) => wasStopped(thrown)) ? 'stopped' : 'changed'
}

// Whoever stopped the replay is the cause; an item whose own time was up has none.
const wasStopped = (thrown: unknown): boolean =>
  RuntapeError.isInstance(thrown) && thrown.code === 'replay-stopped' && thrown.cause !== undefined

function failuresOf({ attempts, error }: ReplayItem): string[] {
  if (!attempts) return [error ?? 'failed']
  const counts = new Map<string, number>()
  for (const { same, error, thrown } of attempts)
    if (!same && error !== null && !wasStopped(thrown)) counts.set(error, (counts.get(error) ?? 0) + 1)
  return Array.from(counts, ([error, count]) => `${count} of ${attempts.length} attempts: ${error}`)
}

// Code can catch what a call throws that is not on the tape, and still end as it did.
function missesOf(item: ReplayItem): string[] {
  const missed = (item.attempts ?? [item]).flatMap(({ mocks }) => mocks.missed)
  if (missed.length === 0) return []
  const names = [...new Set(missed.map(({ key }) => key))].join(', ')
  const calls = missed.length === 1 ? 'a call is' : `${showCount(missed.length)} calls are`
  return [`${calls} not on the tape: ${names}`]
}

function lowScores({ scores, spread = {} }: ReplayItem, { thresholds = [] }: JudgeItemOptions): string[] {
  return Object.entries(scores).flatMap(([name, { score, pass, reasoning }]) => {
    if (pass !== false || thresholds.includes(name)) return []
    const why = spread[name] && spread[name].count > 1 ? showSpread(spread[name]) : reasoning
    return [`${name}: ${showScore(score)}${why ? `, ${why}` : ''}`]
  })
}

const missingScores = ({ scoreErrors = {} }: ReplayItem): string[] =>
  Object.entries(scoreErrors).map(([name, why]) => `${name} gave no score: ${why}`)

/** How far the scores of several attempts lie apart. */
export const showSpread = ({ count, min, max, deviation }: Spread): string =>
  `the mean of ${count} attempts, from ${showScore(min)} to ${showScore(max)}, σ ${showScore(deviation)}`

/** A score with as many digits as say something. */
export const showScore = (score: number): string => String(Number(score.toFixed(3)))
