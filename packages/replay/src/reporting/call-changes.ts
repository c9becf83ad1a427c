import type { CallDifference, TraceDiff } from '../compare/trace-diff.ts'
import type { ReplayItem } from '../report.ts'

/** How calls of a replay stand to the recorded ones. */
export type CallChangeKind = 'removed' | 'added' | 'reordered' | 'changed' | 'unknown' | 'notSeen'

/** Calls of one key and name that changed in the same way. */
export interface CallChange {
  readonly kind: CallChangeKind
  readonly key: string
  readonly name: string
  /** Of changed calls, and of those that cannot be compared: `input and output`. */
  readonly parts: string
  readonly count: number
}

const kinds: readonly CallChangeKind[] = ['removed', 'added', 'reordered', 'changed', 'unknown', 'notSeen']

/** In what the calls differ from the recorded ones, like ones counted; empty where they do not. */
export function callChanges(diff: TraceDiff | undefined): CallChange[] {
  return kinds.flatMap(kind => counted(kind, diff?.[kind] ?? []))
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

/** `+ refunds.issue`, `≠ model: input changed`, with what it is in words where the sign alone would not tell. */
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

/** A change that calls of several items have in common. */
export interface CommonCallChange {
  /** As `showCallChange` writes it. */
  readonly change: string
  /** How many items have it. */
  readonly items: number
}

/** In what the calls of all items differ from the recorded ones, what most items have first. */
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
