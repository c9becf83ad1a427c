import type { ReplayItem } from '@runtape/replay'
import {
  byWeight,
  type ItemStatus,
  type JudgedItem,
  showBaseline,
  showCohort,
  showReached,
  showSpending,
} from '@runtape/replay/report'
import { showCount, showDuration, showText } from '../terminal/show.ts'
import { bold, dim, green, red, yellow } from '../terminal/style.ts'
import {
  callsLine,
  callsOfAll,
  deltasOf,
  inputFact,
  itemCounts,
  itemFacts,
  openQuestions,
  scoresOfAll,
} from './facts.ts'
import type { ReportedReplay } from './reported-replay.ts'
import { shortDiff } from './short-diff.ts'

const maxLines = 14
const maxItems = 100
const maxCalls = 10
const maxScores = 20

/** For a terminal: every item that is not the same, with its changes, and the totals. */
export function prettyReport(replay: ReportedReplay): string {
  const shown = replay.judged.items.filter(({ status, problems }) => status !== 'same' || problems.length > 0)
  const hidden = shown.length - maxItems
  return [
    ...byWeight(shown).slice(0, maxItems).map(itemText),
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
  const input = inputFact(item).map(fact => dim(`    ${showText(fact, 200)}`))
  return [head, ...input, ...why, ...(status === 'changed' ? diffText(item) : []), ...facts].join('\n')
}

function diffText(item: ReplayItem): string[] {
  return shortDiff(item, { lines: maxLines, around: 1 }).map(line => {
    const paint = line.startsWith('-') ? red : line.startsWith('+') ? green : dim
    return paint(`    ${line}`)
  })
}

function sums(replay: ReportedReplay): string {
  const { report, judged, shard } = replay
  const { summary, testRunId, status, items } = report
  const testRun = showText(`test run ${testRunId}${shard === undefined ? '' : `, shard ${shard}`}`, 200)
  if (summary.total === 0)
    return `Nothing to replay in this shard: there are fewer traces than shards. ${dim(testRun)}`
  const interrupted =
    status === 'interrupted' ? [yellow('Interrupted: the report covers the items that had started.')] : []
  const scores = scoresOfAll(report, maxScores).map(score => {
    const text = showText(score, 300)
    return score.includes('✗') ? red(text) : text
  })
  const deltas = deltasOf(report)
  const calls = callsOfAll(items, maxCalls)
  return [
    ...interrupted,
    counts(replay),
    ...showBaseline(summary).map(each => bold(each)),
    dim(`calls: ${callsLine(summary)}`),
    ...(deltas === '' ? [] : [dim(deltas)]),
    ...(calls.length > 0 ? ['calls that differ:'] : []),
    ...calls.map(call => `  ${showText(call, 200)}`),
    ...scores,
    ...openQuestions(replay).map(each => dim(each)),
    ...showReached(summary).map(each => dim(showText(each, 300))),
    ...showSpending(report.spending).map(each => dim(showText(each, 300))),
    ...judged.missing.map(each => yellow(showText(each, 500))),
    ...judged.unreached.map(each => (report.summary.pass ? yellow : red)(showText(each, 800))),
    ...judged.outside.map(each => (report.summary.pass ? yellow : red)(showText(each, 300))),
    ...(report.cohort ? [(report.cohort.gone > 0 ? yellow : dim)(showCohort(report.cohort))] : []),
    dim(testRun),
  ].join('\n')
}

const paints: Readonly<Record<ItemStatus, (text: string) => string>> = {
  failed: red,
  unknown: yellow,
  changed: yellow,
  same: green,
  stopped: dim,
}

function counts(replay: ReportedReplay): string {
  const { key, judged } = replay
  const kinds = itemCounts(replay).map(({ kind, text }) =>
    judged.counts[kind] > 0 ? paints[kind](text) : dim(text),
  )
  return `${bold(showText(key))}  ${showCount(judged.items.length)} replayed: ${kinds.join(', ')}`
}
