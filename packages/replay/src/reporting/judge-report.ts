import type { EvaluatorSummary } from '../judging/summarize-scores.ts'
import type { ReplayReport } from '../report.ts'
import {
  type ItemStatus,
  type JudgedItem,
  type JudgeItemOptions,
  judgeItem,
  showScore,
} from './judge-item.ts'
import { showCount } from './show-number.ts'

/** A report, and what in it speaks against the code. */
export interface JudgedReport {
  readonly items: readonly JudgedItem[]
  /** How many items there are of each kind. */
  readonly counts: Readonly<Record<ItemStatus, number>>
  /** What speaks against the code beside its items: a threshold that was not met, traces that were not replayed. */
  readonly problems: readonly string[]
  /** Nothing does. */
  readonly pass: boolean
}

/** Says of each item, and of all together, whether it speaks against the code. */
export function judgeReport(
  { items, summary }: ReplayReport,
  { onMiss = 'error' }: Pick<JudgeItemOptions, 'onMiss'> = {},
): JudgedReport {
  const scores = Object.entries(summary.scores)
  const thresholds = scores.flatMap(([name, { threshold }]) => (threshold === undefined ? [] : [name]))
  const judged = items.map(item => judgeItem(item, { onMiss, thresholds }))
  const counts = { failed: 0, changed: 0, same: 0 }
  for (const { status } of judged) counts[status]++
  const { notRun, total } = summary
  const problems = [
    ...(notRun > 0 ? [`${showCount(notRun)} of ${showCount(total)} traces were not replayed`] : []),
    ...scores.flatMap(([name, score]) => thresholdProblem(name, score)),
  ]
  const pass = problems.length === 0 && judged.every(each => each.problems.length === 0)
  return { items: judged, counts, problems, pass }
}

function thresholdProblem(name: string, { pass, threshold, mean, count }: EvaluatorSummary): string[] {
  if (pass || threshold === undefined) return []
  if (count === 0) return [`${name} gave no score, and ${threshold} was asked for`]
  return [`${name} is ${showScore(mean)} in the mean, and ${threshold} was asked for`]
}
