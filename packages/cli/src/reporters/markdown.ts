import type { JudgedItem } from '@runtape/replay/report'
import { itemDiff } from '../item-diff.ts'
import type { ReportedReplay } from '../reporters.ts'
import { showText } from '../terminal/show.ts'

// A comment on a pull request holds 65,536 characters.
const maxCharacters = 60_000

/** What changed, for a comment on a pull request. */
export function markdownReport({ key, report, judged }: ReportedReplay): string {
  const { summary } = report
  const against = judged.filter(({ problems }) => problems.length > 0)
  const head = [
    `## ${against.length === 0 ? '✅' : '❌'} Replay of \`${code(key)}\``,
    '',
    '| items | same | changed | failed | from the tape | drifted | not on the tape |',
    '|---:|---:|---:|---:|---:|---:|---:|',
    `| ${[summary.total, ...counts(judged), summary.served, summary.drifted, summary.missed].join(' | ')} |`,
    '',
  ].join('\n')
  const shown = judged.filter(({ status, problems }) => status !== 'same' || problems.length > 0)
  return head + fitting(shown.map(section), maxCharacters - head.length)
}

function counts(judged: readonly JudgedItem[]): number[] {
  const count = (wanted: JudgedItem['status']) => judged.filter(({ status }) => status === wanted).length
  return [count('same'), count('changed'), count('failed')]
}

function section({ item, status, problems }: JudgedItem): string {
  const lines = itemDiff(item).map(({ kind, text }) => `${marks[kind]} ${text}`)
  const why = problems.map(problem => `- \`${code(showText(problem, 300))}\`\n`).join('')
  const title = `<details><summary>${status}: <code>${item.sourceTraceId}</code></summary>`
  return `\n${title}\n\n${why}${why && '\n'}${fenced(lines.join('\n'))}\n\n</details>\n`
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
