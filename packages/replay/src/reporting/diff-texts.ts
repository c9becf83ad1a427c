import { emojiPattern } from './visible-text.ts'

/** A line, or a part of one: in both texts, only in the first, or only in the second. */
export interface DiffPart {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

/** Line diff of two texts. Large texts with little in common are compared coarsely. */
export const diffLines = (before: string, after: string): DiffPart[] =>
  diffParts(before.split('\n'), after.split('\n'))

/** Word diff of two lines. */
export function diffWords(before: string, after: string): DiffPart[] {
  const parts = diffParts(wordsOf(before), wordsOf(after))
  const joined: { kind: DiffPart['kind']; text: string }[] = []
  for (const { kind, text } of parts) {
    const last = joined.at(-1)
    if (last?.kind === kind) last.text += text
    else joined.push({ kind, text })
  }
  return joined
}

// With their marks and joiners: words of any language and emoji are not split.
const word = new RegExp(
  `\\s+|${emojiPattern}|[\\p{L}\\p{N}_][\\p{L}\\p{N}\\p{M}\\u200C\\u200D_]*|[^]\\p{M}*`,
  'gu',
)

const wordsOf = (line: string): string[] => line.match(word) ?? []

// Maximum number of cells in the table of the longest common subsequence: 16 MB.
const maxCells = 4_000_000

function diffParts(before: readonly string[], after: readonly string[]): DiffPart[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  const most = Math.min(before.length, after.length) - start
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++
  const middle = compare(before.slice(start, before.length - end), after.slice(start, after.length - end))
  return [
    ...before.slice(0, start).map(part('same')),
    ...middle,
    ...before.slice(before.length - end).map(part('same')),
  ]
}

const part =
  (kind: DiffPart['kind']) =>
  (text: string): DiffPart => ({ kind, text })

function compare(before: readonly string[], after: readonly string[]): DiffPart[] {
  if (before.length * after.length > maxCells)
    return [...before.map(part('removed')), ...after.map(part('added'))]
  const lengths = commonLengths(before, after)
  const columns = after.length + 1
  const parts: DiffPart[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]]
    if (old !== undefined && old === now) {
      parts.push({ kind: 'same', text: old })
      i++
      j++
    } else if (
      now === undefined ||
      (old !== undefined && at(lengths, (i + 1) * columns + j) >= at(lengths, i * columns + j + 1))
    ) {
      parts.push({ kind: 'removed', text: old ?? '' })
      i++
    } else {
      parts.push({ kind: 'added', text: now })
      j++
    }
  }
  return parts
}

/** For each pair of positions: the length of the common rest. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const columns = after.length + 1
  const lengths = new Uint32Array((before.length + 1) * columns)
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const here = i * columns + j
      lengths[here] =
        before[i] === after[j]
          ? at(lengths, here + columns + 1) + 1
          : Math.max(at(lengths, here + columns), at(lengths, here + 1))
    }
  }
  return lengths
}

const at = (lengths: Uint32Array, index: number): number => lengths[index] ?? 0
