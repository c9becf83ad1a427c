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
}

const kinds: readonly CallChangeKind[] = ['removed', 'added', 'reordered', 'changed', 'unknown', 'notSeen']

/**
 * How the calls differ from the recorded ones, with equal changes counted; empty without differences.
 *
 * @param before differences with the code before the change; equal ones are left out
 */
export function callChanges(diff: TraceDiff | undefined, before?: TraceDiff): CallChange[] {
  const changes = kinds.flatMap(kind => counted(kind, diff?.[kind] ?? []))
  if (!before) return changes
  const known = new Set(callChanges(before).map(showCallChange))
  return changes.filter(change => !known.has(showCallChange(change)))
}

function counted(kind: CallChangeKind, calls: readonly CallDifference[]): CallChange[] {
  const changes = new Map<string, CallChange>()
  for (const { key, name, changed, unknown } of calls) {
    const parts = (changed ?? unknown ?? []).join(' and ')
    const like = JSON.stringify([key, name, parts])
    const count = (changes.get(like)?.count ?? 0) + 1
    changes.set(like, { kind, key, name, parts, count })
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
export function showCallChange({ kind, key, name, parts, count }: CallChange): string {
  const call = key === name ? key : `${key} (${name})`
  const times = count === 1 ? '' : ` ×${count.toLocaleString('en-US')}`
  return `${signs[kind]} ${call}${times}${whatOf(kind, parts)}`
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
export function commonCallChanges(
  items: readonly Pick<ReplayItem, 'diff' | 'baseline'>[],
): CommonCallChange[] {
  const counts = new Map<string, number>()
  for (const { diff, baseline } of items) {
    for (const change of callChanges(diff, baseline?.diff)) {
      const shown = showCallChange({ ...change, count: 1 })
      counts.set(shown, (counts.get(shown) ?? 0) + 1)
    }
  }
  return Array.from(counts, ([change, items]) => ({ change, items })).sort((a, b) => b.items - a.items)
}
