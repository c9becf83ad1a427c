import type { TokenUsage } from '../records/token-usage.ts'
import type { UsageDimension, UsageRow } from '../store/runs/usage.ts'
import { compareGroups } from './usage-groups.ts'

/** A row of usage with internal data of the store. */
export interface UsageRowDraft extends UsageRow {
  /** Present even if no run of the row is priced and `cost` is absent. */
  readonly unpricedRuns: number
}

/** The row without the store's internal data. */
export function finishedRow(draft: UsageRowDraft): UsageRow {
  const { tokens, cost, durationMs, timeToFirstTokenMs } = draft
  // By name: there may be a row per customer and day, and rest syntax takes ten times as long.
  return {
    group: draft.group,
    runs: draft.runs,
    succeeded: draft.succeeded,
    failed: draft.failed,
    cancelled: draft.cancelled,
    unfinished: draft.unfinished,
    unknownUsageRuns: draft.unknownUsageRuns,
    positive: draft.positive,
    negative: draft.negative,
    ...(draft.rest !== undefined && { rest: draft.rest }),
    ...(tokens && { tokens }),
    ...(cost && { cost }),
    ...(durationMs && { durationMs }),
    ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
  }
}

/** The change of each group between two bills; unchanged groups are omitted. */
export function usageAdjustments(
  then: readonly UsageRowDraft[],
  now: readonly UsageRowDraft[],
  groupBy: readonly UsageDimension[],
): UsageRow[] {
  const keyOf = (row: UsageRow) => JSON.stringify(groupBy.map(dimension => row.group[dimension]))
  const byKey = (rows: readonly UsageRowDraft[]) => new Map(rows.map(row => [keyOf(row), row]))
  const [before, after] = [byKey(then), byKey(now)]
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys]
    .flatMap(key => usageDifference(before.get(key), after.get(key)) ?? [])
    .sort((a, b) => compareGroups(a.group, b.group, groupBy))
}

const counts = [
  'runs',
  'succeeded',
  'failed',
  'cancelled',
  'unfinished',
  'unknownUsageRuns',
  'positive',
  'negative',
] as const satisfies readonly (keyof UsageRow)[]

/** The change of a group between two bills; `undefined` if there is none. */
export function usageDifference(
  then: UsageRowDraft | undefined,
  now: UsageRowDraft | undefined,
): UsageRow | undefined {
  const some = now ?? then
  if (some === undefined) return undefined
  const changes = counts.map(name => [name, (now?.[name] ?? 0) - (then?.[name] ?? 0)] as const)
  const tokens = tokensBetween(then?.tokens, now?.tokens)
  const cost = costBetween(then, now)
  if (!tokens && !cost && changes.every(([, change]) => change === 0)) return undefined
  return {
    group: some.group,
    ...(Object.fromEntries(changes) as Record<(typeof counts)[number], number>),
    ...(tokens && { tokens }),
    ...(cost && { cost }),
  }
}

function tokensBetween(then?: TokenUsage, now?: TokenUsage): TokenUsage | undefined {
  const fields = [...new Set([...Object.keys(then ?? {}), ...Object.keys(now ?? {})])] as (keyof TokenUsage)[]
  const changes = fields.map(field => [field, (now?.[field] ?? 0) - (then?.[field] ?? 0)] as const)
  const [changed, always] = [changes.filter(([, change]) => change !== 0), { input: 0, output: 0, total: 0 }]
  return changed.length > 0 ? { ...always, ...Object.fromEntries(changed) } : undefined
}

function costBetween(then?: UsageRowDraft, now?: UsageRowDraft): UsageRow['cost'] {
  const nanoUsd = (now?.cost?.nanoUsd ?? 0) - (then?.cost?.nanoUsd ?? 0)
  const unpricedRuns = (now?.unpricedRuns ?? 0) - (then?.unpricedRuns ?? 0)
  return nanoUsd === 0 && unpricedRuns === 0 ? undefined : { nanoUsd, unpricedRuns }
}
