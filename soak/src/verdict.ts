import { isDeepStrictEqual } from 'node:util'
import type { UsageRow } from '@runtape/core/store'
import type { Row } from './tape-file.ts'
import { bySlot, type Testimony, type Try } from './tries.ts'

/** The comparison of the file with the side logs. */
export interface Evidence {
  readonly rows: readonly Row[]
  readonly testimony: Testimony
  /** The slots that exist: every token times every race. */
  readonly slots: number
}

export interface Finding {
  readonly rows: number
  /** Slots with more than one row. */
  readonly doubled: readonly string[]
  /** Slots without a row, although a `track*()` for them had returned true. */
  readonly lost: readonly string[]
  /** Rows whose value no process tracked. */
  readonly invented: readonly string[]
  /** Slots without a completed try: the soak was too short to judge them. */
  readonly untried: number
  readonly acknowledged: number
  /** `track*()` calls that returned false: the caller knew that the event was not kept. */
  readonly refused: number
  /** Tries that a kill interrupted, and how many of them were kept anyway. */
  readonly cutOff: number
  readonly cutOffKept: number
  /** Acknowledged tries after another try with a different value. */
  readonly conflicts: number
  /** Of those, the ones without a reported conflict. */
  readonly unreported: readonly string[]
  /** Rows with a value that was tracked only after another one had been acknowledged. */
  readonly overtaken: readonly string[]
  /** Slots for which two processes tried in the same moment. */
  readonly photoFinishes: number
}

const sameValue = isDeepStrictEqual

/** Compares the rows of the file with the side logs. */
export function judge({ rows, testimony, slots }: Evidence): Finding {
  const tries = bySlot(testimony.tries)
  const kept = new Map(rows.map(row => [row.slot, row]))
  const acknowledged = testimony.tries.filter(each => each.returned?.recorded)
  const cutOff = testimony.tries.filter(each => each.returned === undefined)
  const isKept = (each: Try) => sameValue(kept.get(each.slot)?.value, each.value)
  const conflicts = acknowledged.filter(each => kept.has(each.slot) && !isKept(each))
  return {
    rows: rows.length,
    doubled: repeated(rows.map(row => row.slot)),
    lost: unique(acknowledged.filter(each => !kept.has(each.slot)).map(each => each.slot)),
    invented: rows
      .filter(row => !tries.get(row.slot)?.some(each => sameValue(each.value, row.value)))
      .map(row => row.slot),
    untried: slots - new Set(acknowledged.map(each => each.slot)).size,
    acknowledged: acknowledged.length,
    refused: testimony.tries.filter(each => each.returned?.recorded === false).length,
    cutOff: cutOff.length,
    cutOffKept: cutOff.filter(isKept).length,
    conflicts: conflicts.length,
    unreported: unique(conflicts.filter(each => !each.returned?.conflict).map(each => each.slot)),
    overtaken: rows.filter(row => wasOvertaken(row, tries.get(row.slot) ?? [])).map(row => row.slot),
    photoFinishes: [...tries.values()].filter(isPhotoFinish).length,
  }
}

/** True when no try with the row's value started before another try was acknowledged. */
function wasOvertaken(row: Row, tries: readonly Try[]): boolean {
  const ends = tries.map(each => (each.returned?.recorded ? each.returned.at : Number.POSITIVE_INFINITY))
  const firstEnd = Math.min(...ends)
  return !tries.some(each => sameValue(each.value, row.value) && each.startedAt <= firstEnd)
}

function isPhotoFinish(tries: readonly Try[]): boolean {
  const inOrder = tries.filter(each => each.returned).sort((a, b) => a.startedAt - b.startedAt)
  return inOrder.some((each, at) => {
    const before = inOrder[at - 1]
    return before !== undefined && before.by !== each.by && (before.returned?.at ?? 0) > each.startedAt
  })
}

/** Rows that the witness saw and that are now missing or different: the first write wins permanently. */
export function changedRows(seen: ReadonlyMap<number, Row>, rows: readonly Row[]): string[] {
  const now = new Map(rows.map(row => [row.id, row]))
  return [...seen.values()].filter(row => !sameValue(now.get(row.id), row)).map(row => row.slot)
}

/** The differences between the bill and the rows. */
export function billProblems(bill: UsageRow | undefined, rows: readonly Row[]): string[] {
  const of = (metric: string) => rows.filter(row => row.metric === metric).map(row => row.value)
  const count = (metric: string, field: string, value: string) =>
    of(metric).filter(each => (each as unknown as Record<string, unknown>)[field] === value).length
  const total = of('tokens').reduce<number>((sum, value) => sum + (value as { total: number }).total, 0)
  const expected = {
    runs: new Set(rows.map(row => row.runId)).size,
    succeeded: count('outcome', 'status', 'success'),
    failed: count('outcome', 'status', 'error'),
    positive: count('feedback', 'kind', 'positive'),
    negative: count('feedback', 'kind', 'negative'),
    tokens: total,
    durations: of('duration').length,
  }
  const billed = { ...bill, tokens: bill?.tokens?.total ?? 0, durations: bill?.durationMs?.count ?? 0 }
  return Object.entries(expected)
    .filter(([field, value]) => billed[field as keyof typeof expected] !== value)
    .map(
      ([field, value]) => `${field}: ${billed[field as keyof typeof expected]} billed, ${value} in the rows`,
    )
}

const unique = (list: readonly string[]): string[] => [...new Set(list)]

function repeated(list: readonly string[]): string[] {
  const seen = new Set<string>()
  return unique(list.filter(each => seen.size === seen.add(each).size))
}
