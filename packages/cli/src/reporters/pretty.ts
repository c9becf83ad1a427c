import type { DiffPart, JudgedItem } from '@runtape/replay/report'
import { itemDiff } from '../item-diff.ts'
import type { ReportedReplay } from '../reporters.ts'
import { showCount, showDuration, showText } from '../terminal/show.ts'
import { bold, dim, green, red, yellow } from '../terminal/style.ts'

const maxLines = 14

/** Every item that is not the same, with what changed, and the sums. For a terminal. */
export function prettyReport({ key, report, judged }: ReportedReplay): string {
  const shown = judged.filter(({ status, problems }) => status !== 'same' || problems.length > 0)
  return [...shown.map(itemText), sums(key, report.summary, judged)].join('\n\n')
}

const signs = { failed: red('✗'), changed: yellow('~'), same: green('✓') } as const

function itemText({ item, status, problems }: JudgedItem): string {
  const { durationMs } = item.replay
  const time = durationMs === null ? '' : dim(`  ${showDuration(durationMs)}`)
  const head = `${signs[status]} ${bold(item.sourceTraceId)}  ${status}${time}`
  const why = problems.map(problem => `    ${red(showText(problem, 300))}`)
  const { missed } = item.mocks
  const misses =
    missed.length > 0
      ? [dim(`    not on the tape: ${showText(missed.map(({ key }) => key).join(', '), 200)}`)]
      : []
  return [head, ...why, ...misses, ...(status === 'changed' ? diffText(itemDiff(item)) : [])].join('\n')
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

function sums(
  key: string,
  summary: ReportedReplay['report']['summary'],
  judged: readonly JudgedItem[],
): string {
  const count = (wanted: JudgedItem['status']) => judged.filter(({ status }) => status === wanted).length
  const { served, drifted, missed, unused } = summary
  const kinds = [
    green(`${showCount(count('same'))} same`),
    yellow(`${showCount(count('changed'))} changed`),
    red(`${showCount(count('failed'))} failed`),
  ]
  const calls = [`${showCount(served)} answered from the tape`, `${showCount(drifted)} with another input`]
  const rest = [`${showCount(missed)} not on it`, `${showCount(unused)} never asked for`]
  return `${bold(showText(key))}  ${showCount(judged.length)} replayed: ${kinds.join(', ')}\n${dim([...calls, ...rest].join(', '))}`
}
