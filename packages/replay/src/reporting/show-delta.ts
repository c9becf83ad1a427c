import type { ReplayItem } from '../report.ts'
import { showChange, showCount, showDuration, showSigned, showUsd } from './show-number.ts'

type Name = 'tokens' | 'costNanoUsd' | 'durationMs'
type Amounts = Readonly<Record<Name, number | null>>

/** How much more, or less, an item takes than its recording: `+120 tokens (+9 %)`, `−$0.0021`, `+1.2 s`. */
export const showDelta = (item: ReplayItem): string[] => showDeltas([item])

/** How much more all items together take that did not fail, each amount of the items of which it is known. */
export function showDeltas(items: readonly ReplayItem[]): string[] {
  const more = { tokens: null, costNanoUsd: null, durationMs: null } as Record<Name, number | null>
  const before = { ...more }
  for (const item of items) {
    // What was not done because it failed is nothing saved.
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
