import type { CallDifference, TraceDiff } from '../compare/trace-diff.ts'
import type { ReplayItem } from '../report.ts'

/** How calls of a replay compare to the recorded ones. */
export type CallChangeKind = 'removed' | 'added' | 'reordered' | 'changed' | 'unknown' | 'notSeen'

/** Calls of one key and name with the same change. */
export interface CallChange {
  readonly kind: CallChangeKind
  readonly key: string
  readonly name: string
  /** For changed calls, and for those that cannot be compared: `input and output`. */
  readonly parts: string
  readonly count: number
  /** The calls differ with the code before the change too, in another way. */
  readonly alsoBefore?: true
}

const kinds: readonly CallChangeKind[] = ['removed', 'added', 'reordered', 'changed', 'unknown', 'notSeen']

/**
 * How the calls differ from the recorded ones, with equal changes counted; empty without differences. Calls that differ in the
 * same way with the code before the change are omitted.
 */
export const callChanges = (diff: TraceDiff | undefined): CallChange[] =>
  kinds.flatMap(kind =>
    counted(
      kind,
      (diff?.[kind] ?? []).filter(({ before }) => before !== 'same'),
    ),
  )

function counted(kind: CallChangeKind, calls: readonly CallDifference[]): CallChange[] {
  const changes = new Map<string, CallChange>()
  for (const { key, name, changed, unknown, before } of calls) {
    const parts = (changed ?? unknown ?? []).join(' and ')
    const like = JSON.stringify([key, name, parts, before])
    const count = (changes.get(like)?.count ?? 0) + 1
    changes.set(like, { kind, key, name, parts, count, ...(before && { alsoBefore: true }) })
  }
  return [...changes.values()]
}

const signs: Readonly<Record<CallChangeKind, string>> = {
  removed: '−',
  added: '+',
  reordered: '⇅',
  changed: '≠',
  unknown: '?',
  notSeen: '…',
}

/** `+ refunds.issue`, `≠ model: input changed`, with words where the sign alone would be unclear. */
export function showCallChange({ kind, key, name, parts, count, alsoBefore }: CallChange): string {
  const call = key === name ? key : `${key} (${name})`
  const times = count === 1 ? '' : ` ×${count.toLocaleString('en-US')}`
  const then = alsoBefore ? ' (before the change too, in another way)' : ''
  return `${signs[kind]} ${call}${times}${whatOf(kind, parts)}${then}`
}

function whatOf(kind: CallChangeKind, parts: string): string {
  if (kind === 'changed') return `: ${parts} changed`
  if (kind === 'unknown') return `: ${parts} not comparable`
  if (kind === 'notSeen') return ': called after the function returned, not seen'
  return kind === 'reordered' ? ': in another order' : ''
}

/** A change that calls of several items share. */
export interface CommonCallChange {
  /** As formatted by `showCallChange`. */
  readonly change: string
  /** Number of items with it. */
  readonly items: number
}

/** How the calls of all items differ from the recorded ones, most frequent first. */
export function commonCallChanges(items: readonly Pick<ReplayItem, 'diff'>[]): CommonCallChange[] {
  const counts = new Map<string, number>()
  for (const { diff } of items) {
    for (const change of callChanges(diff)) {
      const shown = showCallChange({ ...change, count: 1 })
      counts.set(shown, (counts.get(shown) ?? 0) + 1)
    }
  }
  return Array.from(counts, ([change, items]) => ({ change, items })).sort((a, b) => b.items - a.items)
}
