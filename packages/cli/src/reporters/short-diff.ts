import type { ReplayItem } from '@runtape/replay'
import type { DiffPart } from '@runtape/replay/report'
import { showCount, showText } from '../terminal/show.ts'
import { itemDiff } from './item-diff.ts'

const diffMarks: Readonly<Record<DiffPart['kind'], string>> = { same: ' ', removed: '-', added: '+' }

interface ShortDiffOptions {
  /** Default: 40. */
  readonly lines?: number
  /** Columns per line. Default: 200. */
  readonly width?: number
  /** Equal lines shown around a difference. Default: 2. */
  readonly around?: number
}

const alike =
  '  They look equal here but differ in something not shown: a status, headers or a body, kinds of values, or fields of an error.'

/** The lines in which an item differs from its recording, with context lines, as in a patch. */
export function shortDiff(item: ReplayItem, options: ShortDiffOptions = {}): string[] {
  const { lines: most = 40, width = 200, around = 2 } = options
  const parts = itemDiff(item)
  const near = nearDifferences(parts, around)
  if (near.length === 0 && item.reason === undefined) return [alike]
  const shown = near.slice(0, most).map(index => lineOf(parts[index], width))
  const hidden = near.slice(most).filter(index => parts[index]?.kind !== 'same').length
  return hidden > 0 ? [...shown, `… ${showCount(hidden)} more lines`] : shown
}

const lineOf = (part: DiffPart | undefined, width: number): string =>
  part ? `${diffMarks[part.kind]} ${showText(part.text, width, { keepIndent: true })}` : ''

/** Indexes of the differing parts and their context. */
function nearDifferences(parts: readonly DiffPart[], around: number): number[] {
  const near = new Uint8Array(parts.length)
  for (const [index, { kind }] of parts.entries())
    if (kind !== 'same') near.fill(1, Math.max(0, index - around), index + around + 1)
  return Array.from(near.keys()).filter(index => near[index] === 1)
}
