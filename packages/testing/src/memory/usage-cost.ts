import type { CallValue, Run, RunEvent, UsageCost } from '@runtape/core'
import { exactSum } from '@runtape/core/store-helpers'

/** What the runs cost that are priced; nothing when none is. */
export function costOfRuns(runs: readonly Run[]): UsageCost | undefined {
  const used = runs.map(partsWithUsage).filter(parts => parts.length > 0)
  const priced = used.filter(parts => parts.every(part => part.cost))
  if (priced.length === 0) return undefined
  const sum = priced.flat().reduce((total, { cost }) => total + BigInt(cost?.nanoUsd ?? 0), 0n)
  return { nanoUsd: exactSum('cost', sum), unpricedRuns: used.length - priced.length }
}

/** The events that say together what a run used: its calls, each by its own model, or else its own count. */
function partsWithUsage({ events }: Run): RunEvent[] {
  const calls = events.filter(({ metric, value }) => metric.startsWith('call:') && (value as CallValue).usage)
  return calls.length > 0 ? calls : events.filter(({ metric }) => metric === 'tokens')
}
