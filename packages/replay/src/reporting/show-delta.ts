import type { ReplayItem } from '../report.ts'
import { showChange, showCount, showDuration, showSigned, showUsd } from './show-number.ts'

type Name = 'tokens' | 'costNanoUsd' | 'durationMs'
type Amounts = Readonly<Record<Name, number | null>>

/** Change from the recording: `+120 tokens (+9 %)`, `−$0.0021`, `+1.2 s`. */
export const showDelta = (item: ReplayItem): string[] => showDeltas([item])

/** Total change over the items that did not fail, each amount over the items for which it is known. */
export function showDeltas(items: readonly ReplayItem[]): string[] {
  const more = { tokens: null, costNanoUsd: null, durationMs: null } as Record<Name, number | null>
  const before = { ...more }
  for (const item of items) {
    // Work that was skipped because of a failure is not a saving.
    if (item.error !== null && !item.same) continue
    const recorded = recordedOf(item)
    for (const name of names) {
      const delta = item.delta?.[name] ?? null
      if (delta === null) continue
      more[name] = (more[name] ?? 0) + delta
      before[name] = (before[name] ?? 0) + (recorded[name] ?? 0)
    }
  }
  return names.flatMap(name => shown(name, more[name], before[name]))
}

const names: readonly Name[] = ['tokens', 'costNanoUsd', 'durationMs']

const recordedOf = ({ tokens, cost, durationMs }: ReplayItem): Amounts => ({
  tokens: tokens?.total ?? null,
  costNanoUsd: cost?.recordedNanoUsd ?? null,
  durationMs,
})

const show: Readonly<Record<Name, (amount: number) => string>> = {
  tokens: showCount,
  costNanoUsd: showUsd,
  durationMs: showDuration,
}

function shown(name: Name, more: number | null, before: number | null): string[] {
  if (more === null) return []
  const amount = `${showSigned(more, show[name])}${name === 'tokens' ? ' tokens' : ''}`
  const change = before && more !== 0 ? showChange(before, before + more) : ''
  return [change ? `${amount} (${change})` : amount]
}
