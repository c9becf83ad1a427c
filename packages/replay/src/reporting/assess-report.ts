import type { EvaluatorSummary } from '../evaluators/summarize-scores.ts'
import type { ReplayReport, ReplaySummary } from '../report.ts'
import { type ItemStatus, type JudgedItem, judgeItem, showScore } from './assess-item.ts'
import { showMustRun, showStop } from './show-limits.ts'
import { showCount } from './show-number.ts'
import { showOutside } from './show-outside.ts'

/** A report, and why it does not pass. */
export interface JudgedReport {
  readonly items: readonly JudgedItem[]
  /** Number of items of each kind. */
  readonly counts: Readonly<Record<ItemStatus, number>>
  /** Problems besides those of items: a threshold that was not met. */
  readonly problems: readonly string[]
  /** Missing results: traces that were stopped before their end, or not started, and why; evaluators that judged no item. */
  readonly missing: readonly string[]
  /** Keys of `mustRun` that did not run. They fail the report, except in a single shard. */
  readonly unreached: readonly string[]
  /** Calls made outside the replayed traces. With a refused one, the replay does not pass. */
  readonly outside: readonly string[]
  /** Equal to `summary.pass`. */
  readonly pass: boolean
}

/** Assesses each item, and all items together. */
export function assessReport({ items, summary, outside, spending }: ReplayReport): JudgedReport {
  const scores = Object.entries(summary.scores)
  const thresholds = scores.flatMap(([name, { threshold }]) => (threshold === undefined ? [] : [name]))
  const judged = items.map(item => judgeItem(item, { thresholds }))
  const counts = { failed: 0, changed: 0, unknown: 0, same: 0, stopped: 0 }
  for (const { status } of judged) counts[status]++
  const missing = [
    ...unfinished(counts.stopped, summary),
    ...showStop(spending),
    ...scores.flatMap(judgedNothing),
  ]
  const unreached = showMustRun(summary)
  const problems = scores.flatMap(([name, score]) => thresholdProblem(name, score))
  const { pass } = summary
  return { items: judged, counts, problems, missing, unreached, outside: showOutside(outside), pass }
}

function unfinished(stopped: number, { notRun, total }: ReplaySummary): string[] {
  const parts = [
    stopped > 0 && `${showCount(stopped)} stopped`,
    notRun > 0 && `${showCount(notRun)} not started`,
  ]
  const said = parts.filter(part => part !== false).join(', ')
  return said === '' ? [] : [`not all of ${showCount(total)} traces were replayed: ${said}`]
}

// An item that an evaluator could not judge reports this itself.
function thresholdProblem(name: string, { threshold, mean, count, excused = 0 }: EvaluatorSummary): string[] {
  if (count === 0 && excused > 0) return []
  if (threshold === undefined || mean >= threshold) return []
  if (count === 0) return [`${name} returned no score, and its threshold is ${threshold}`]
  return [`${name} has a mean of ${showScore(mean)}, and its threshold is ${threshold}`]
}

// No item fails by itself, and the evaluator does not pass.
function judgedNothing([name, { count, errors, excused = 0 }]: readonly [
  string,
  EvaluatorSummary,
]): string[] {
  if (count > 0 || errors > 0 || excused === 0) return []
  const which = excused === 1 ? 'the only item differs' : `all ${showCount(excused)} items differ`
  return [
    `${name} judged nothing: ${which} from the recording in the same way before the change. So it is unknown whether the change is good: use an evaluator that does not compare with the recording (expected-output, a judge, your own), or record again.`,
  ]
}
