import type { MockReport } from '@runtape/replay'
import { type DiffPart, diffLines, headOf, showValue } from '@runtape/replay/report'

const mostCalls = 3
const mostLines = 4
const width = 120
// Characters shown before the first difference in a long line.
const context = 20

/** How the inputs of drifted calls differ from the recorded inputs, one line per call. */
export function driftedInputs({ drifted }: MockReport): string[] {
  const known = drifted.filter(({ input, recordedInput }) => input && recordedInput)
  return known.slice(0, mostCalls).map(({ key, name, input = [], recordedInput = [] }) => {
    const parts = diffLines(textOf(recordedInput), textOf(input)).filter(({ kind }) => kind !== 'same')
    const more = parts.length > mostLines ? '  …' : ''
    return `input of ${key === name ? key : `${key} (${name})`}: ${changesOf(parts.slice(0, mostLines))}${more}`
  })
}

// Without trailing commas: an added field does not change the line before it.
const textOf = (input: readonly unknown[]): string => input.map(showValue).join('\n').replaceAll(/,$/gm, '')

function changesOf(parts: readonly DiffPart[]): string {
  const texts = parts.map(({ text }) => text.trim())
  const [before, after] = texts
  const from = texts.length === 2 && before && after ? startOfDifference(before, after) : 0
  return parts
    .map(({ kind }, at) => `${kind === 'removed' ? '-' : '+'} ${shortened(texts[at] ?? '', from)}`)
    .join('  ')
}

function startOfDifference(before: string, after: string): number {
  let at = 0
  while (at < before.length && before[at] === after[at]) at++
  return at
}

function shortened(text: string, from: number): string {
  if (text.length <= width || from <= context) return headOf(text, width)
  return `…${headOf(text.slice(from - context), width)}`
}
