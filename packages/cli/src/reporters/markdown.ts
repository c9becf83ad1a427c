import type { JudgedItem } from '@runtape/replay/report'
import { itemDiff } from '../item-diff.ts'
import type { ReportedReplay } from '../reporters.ts'
import { showText } from '../terminal/show.ts'
import { callsOfAll, deltasOf, itemFacts, summaryOf } from './facts.ts'

// A comment on a pull request holds 65,536 characters.
const maxCharacters = 60_000

/** What changed, for a comment on a pull request. */
export function markdownReport(replay: ReportedReplay): string {
  const { judged } = replay
  const shown = judged.items.filter(
    ({ status, problems }) =>
      status === 'changed' || status === 'unknown' || status === 'failed' || problems.length > 0,
  )
  const head = headOf(replay)
  return head + fitting(shown.map(section), maxCharacters - head.length)
}

function headOf({ key, report, judged, shard }: ReportedReplay): string {
  const { summary, status } = report
  const { same, changed, unknown, failed, stopped } = judged.counts
  const { total, served, drifted, missed, unused, overridden } = summary
  const answers = [served, drifted, missed, unused, overridden]
  const state = status === 'interrupted' ? '⚠️ Interrupted replay' : `${judged.pass ? '✅' : '❌'} Replay`
  const deltas = deltasOf(report)
  const calls = callsOfAll(report.items, 10)
  return [
    `## ${state} of \`${code(showText(key, 200))}\`${shard === undefined ? '' : `, shard ${code(shard)}`}`,
    '',
    ...judged.missing.flatMap(each => [each, '']),
    ...bullets(judged.outside),
    '| items | same | changed | unknown | failed | stopped | from the tape | drifted | not on the tape | never asked for | overridden |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    `| ${[total, same, changed, unknown, failed, stopped, ...answers].join(' | ')} |`,
    '',
    ...(deltas === '' ? [] : [deltas, '']),
    ...(calls.length > 0 ? ['Calls that differ:', '', ...bullets(calls)] : []),
    ...bullets(Object.entries(summary.scores).map(([name, score]) => summaryOf(name, score))),
  ].join('\n')
}

/** A list of texts that are no markup, whatever is in them. */
const bullets = (texts: readonly string[]): string[] =>
  texts.length === 0 ? [] : [...texts.map(text => `- \`${code(showText(text, 300))}\``), '']

function section({ item, status, problems }: JudgedItem): string {
  const lines = itemDiff(item).map(({ kind, text }) => `${marks[kind]} ${text}`)
  const title = `<details><summary>${status}: <code>${inMarkup(item.sourceTraceId)}</code></summary>`
  const facts = [...bullets(problems), fenced(lines.join('\n')), '', ...bullets(itemFacts(item))]
  return `\n${title}\n\n${facts.join('\n')}\n</details>\n`
}

const marks = { same: ' ', removed: '-', added: '+' } as const

/** As many sections as there is room for, and how many are left out. */
function fitting(sections: readonly string[], room: number): string {
  let text = ''
  for (const [index, each] of sections.entries()) {
    if (text.length + each.length > room) return `${text}\n… and ${sections.length - index} more.\n`
    text += each
  }
  return text
}

/** A block that no text inside can end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(run => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}diff\n${text}\n${fence}`
}

const code = (text: string): string => text.replaceAll('`', 'ˋ')

const inMarkup = (text: string): string =>
  showText(text).replaceAll(/[^\w -]/gu, each => `&#${each.codePointAt(0)};`)
