import {
  byWeight,
  headOf,
  type JudgedItem,
  showBaseline,
  showCohort,
  showSpending,
} from '@runtape/replay/report'
import { showCount, showText } from '../terminal/show.ts'
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

// A comment on a pull request holds 65,536 characters.
const maxCharacters = 60_000
const maxSection = 6000
const maxBullets = 20
// A column may take several characters.
const maxBullet = 600

/** Changes for a comment on a pull request: failed items first, then unknown ones, then changed ones. */
export function markdownReport(replay: ReportedReplay): string {
  const shown = replay.judged.items.filter(
    ({ status, problems }) => problems.length > 0 || (status !== 'same' && status !== 'stopped'),
  )
  const head = titleOf(replay)
  return head + fitting(byWeight(shown), maxCharacters - head.length)
}

function titleOf(replay: ReportedReplay): string {
  const { key, report, judged, shard } = replay
  const state =
    report.status === 'interrupted' ? '⚠️ Interrupted replay' : `${judged.pass ? '✅' : '❌'} Replay`
  const part = shard === undefined ? '' : `, shard ${code(shard)}`
  const counts = itemCounts(replay).map(({ kind, text }) =>
    kind === 'failed' && judged.counts.failed > 0 ? `**${text}**` : text,
  )
  const deltas = deltasOf(report)
  const calls = callsOfAll(report.items, 10)
  return [
    `## ${state} of ${code(key)}${part}`,
    '',
    `${showCount(judged.items.length)} replayed: ${counts.join(', ')}  `,
    ...showBaseline(report.summary).map(each => `**${each}**  `),
    `Calls: ${callsLine(report.summary)}${report.cohort ? '  ' : ''}`,
    ...(report.cohort ? [code(showCohort(report.cohort))] : []),
    '',
    ...bullets([...judged.missing, ...judged.unreached, ...judged.outside, ...openQuestions(replay)]),
    ...showSpending(report.spending).flatMap(each => [each, '']),
    ...(deltas === '' ? [] : [deltas, '']),
    ...bullets(scoresOfAll(report, maxBullets)),
    ...(calls.length > 0 ? ['Calls that differ:', '', ...bullets(calls)] : []),
  ].join('\n')
}

/** A list of texts, escaped from markup. */
function bullets(texts: readonly string[]): string[] {
  if (texts.length === 0) return []
  const hidden = texts.length - maxBullets
  const shown = texts.slice(0, maxBullets).map(text => `- ${code(text)}`)
  return [...shown, ...(hidden > 0 ? [`- and ${showCount(hidden)} more`] : []), '']
}

function section({ item, status, problems }: JudgedItem): string {
  const diff = status === 'changed' ? [fenced(shortDiff(item, { lines: 60 })), ''] : []
  const facts = [...bullets([...inputFact(item), ...problems]), ...diff, ...bullets(itemFacts(item))]
  return `\n${summaryOf(item.sourceTraceId, status)}\n\n${facts.join('\n')}\n</details>\n`
}

const summaryOf = (id: string, status: string): string =>
  `<details><summary>${status}: <code>${inMarkup(id)}</code></summary>`

/** One line for an item that has no room for more. */
const line = ({ item, status, problems: [first] }: JudgedItem): string =>
  `- ${status}: ${code(item.sourceTraceId)}${first === undefined ? '' : ` ${code(first)}`}\n`

/** As many sections as fit, the other items in one line each, and the number of items that do not fit at all. */
function fitting(items: readonly JudgedItem[], room: number): string {
  let sections = ''
  let lines = ''
  for (const [index, item] of items.entries()) {
    // Reserves room for lines: with many items, their names say more than a few diffs.
    const left = room * 0.8 - sections.length
    const whole = left > 0 ? section(item) : ''
    if (whole !== '' && whole.length <= Math.min(left, maxSection)) {
      sections += whole
      continue
    }
    const next = line(item)
    if (sections.length + lines.length + next.length > room - 100)
      return `${sections}\n${lines}\n… and ${showCount(items.length - index)} more.\n`
    lines += next
  }
  return lines === '' ? sections : `${sections}\n${lines}`
}

/** A code block that no text inside can end. */
function fenced(lines: readonly string[]): string {
  const text = headOf(lines.join('\n'), maxSection / 2)
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(run => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}diff\n${text}\n${fence}`
}

const code = (text: string): string => `\`${headOf(showText(text, 300), maxBullet).replaceAll('`', 'ˋ')}\``

const inMarkup = (text: string): string =>
  showText(headOf(text, 200)).replaceAll(/[^\w -]/gu, each => `&#${each.codePointAt(0)};`)
