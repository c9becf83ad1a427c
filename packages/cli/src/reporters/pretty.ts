import type { DiffPart, JudgedItem } from '@runtape/replay/report'
import { itemDiff } from '../item-diff.ts'
import type { ReportedReplay } from '../reporters.ts'
import { showCount, showDuration, showText } from '../terminal/show.ts'
import { bold, dim, green, red, yellow } from '../terminal/style.ts'
import { callsOfAll, deltasOf, itemFacts, summaryOf } from './facts.ts'

const maxLines = 14
const maxItems = 100
const maxCalls = 10

/** Every item that is not the same, with what changed, and the sums. For a terminal. */
export function prettyReport(replay: ReportedReplay): string {
  const shown = replay.judged.items.filter(({ status, problems }) => status !== 'same' || problems.length > 0)
  const hidden = shown.length - maxItems
  return [
    ...shown.slice(0, maxItems).map(itemText),
    ...(hidden > 0 ? [dim(`… and ${showCount(hidden)} more items: --reporter html shows them all.`)] : []),
    sums(replay),
  ].join('\n\n')
}

const signs = {
  failed: red('✗'),
  changed: yellow('~'),
  unknown: yellow('?'),
  same: green('✓'),
  stopped: dim('■'),
} as const

function itemText({ item, status, problems }: JudgedItem): string {
  const { durationMs } = item.replay
  const time = durationMs === null ? '' : dim(`  ${showDuration(durationMs)}`)
  const sign = status !== 'same' && problems.length > 0 ? signs.failed : signs[status]
  const head = `${sign} ${bold(showText(item.sourceTraceId, 200))}  ${status}${time}`
  if (status === 'stopped') return head
  const why = problems.map(problem => `    ${red(showText(problem, 300))}`)
  const facts = itemFacts(item).map(fact => `    ${dim(showText(fact, 300))}`)
  return [head, ...why, ...(status === 'changed' ? diffText(itemDiff(item)) : []), ...facts].join('\n')
}

function diffText(parts: readonly DiffPart[]): string[] {
  const changed = parts.filter(({ kind }) => kind !== 'same')
  const lines = changed.slice(0, maxLines).map(({ kind, text }) => {
    const line = showText(text, 200, { keepIndent: true })
    return kind === 'removed' ? red(`    - ${line}`) : green(`    + ${line}`)
  })
  const hidden = changed.length - lines.length
  return hidden > 0 ? [...lines, dim(`    … ${showCount(hidden)} more lines`)] : lines
}

function sums(replay: ReportedReplay): string {
  const { report, judged, shard } = replay
  const { summary, testRunId, status, items } = report
  const testRun = showText(`test run ${testRunId}${shard === undefined ? '' : `, shard ${shard}`}`, 200)
  if (summary.total === 0)
    return `Nothing to replay here: there are fewer traces than shards. ${dim(testRun)}`
  const interrupted =
    status === 'interrupted' ? [yellow('Interrupted: this is what had begun until then.')] : []
  const scores = Object.entries(summary.scores).map(([name, score]) => {
    const text = showText(summaryOf(name, score), 300)
    return score.pass ? text : red(text)
  })
  const deltas = deltasOf(report)
  const calls = callsOfAll(items, maxCalls)
  return [
    ...interrupted,
    counts(replay),
    dim(tape(replay)),
    ...(deltas === '' ? [] : [dim(deltas)]),
    ...(calls.length > 0 ? ['calls that differ:'] : []),
    ...calls.map(call => `  ${showText(call, 200)}`),
    ...scores,
    ...judged.missing.map(each => yellow(each)),
    ...judged.outside.map(each => (report.summary.pass ? yellow : red)(showText(each, 300))),
    dim(testRun),
  ].join('\n')
}

function counts({ key, judged }: ReportedReplay): string {
  const { same, changed, unknown, failed, stopped } = judged.counts
  const kinds = [
    green(`${showCount(same)} same`),
    yellow(`${showCount(changed)} changed`),
    red(`${showCount(failed)} failed`),
    ...(unknown > 0 ? [yellow(`${showCount(unknown)} unknown`)] : []),
    ...(stopped > 0 ? [`${showCount(stopped)} stopped`] : []),
  ]
  return `${bold(showText(key))}  ${showCount(judged.items.length)} replayed: ${kinds.join(', ')}`
}

function tape({ report: { summary } }: ReportedReplay): string {
  const { served, drifted, missed, unused, overridden, unknownInputs } = summary
  const calls = [
    `${showCount(served)} answered from the tape`,
    `${showCount(drifted)} with another input`,
    `${showCount(missed)} not on it`,
    `${showCount(unused)} never asked for`,
  ]
  if (unknownInputs > 0) calls.push(`${showCount(unknownInputs)} with an input that cannot be compared`)
  return [...calls, ...(overridden > 0 ? [`${showCount(overridden)} overridden`] : [])].join(', ')
}
