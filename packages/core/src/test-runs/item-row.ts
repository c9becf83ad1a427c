import type {
  Item,
  ItemCall,
  ItemCallCounts,
  ItemDiff,
  ItemRecord,
  ItemRow,
  ItemScore,
  LateItem,
} from '../store/test-runs/items.ts'

/** Longer texts are cut in rows, because a list shows only the start of an error. */
const mostCharacters = 500

/** The row of an item in lists. */
export function itemRow(item: ItemRecord): ItemRow {
  const {
    calls,
    diff,
    unread: _,
    lateErrors: __,
    adapted: ___,
    thrown: ____,
    expected: _____,
    ...facts
  } = item
  const { reason, hint, error, originalError, scoreErrors } = facts
  return {
    ...facts,
    ...(reason !== undefined && { reason: cut(reason) }),
    ...(hint !== undefined && { hint: cut(hint) }),
    error: cutOrNull(error),
    originalError: cutOrNull(originalError),
    scores: mapped(facts.scores, withoutReasoning),
    ...(scoreErrors && { scoreErrors: mapped(scoreErrors, cut) }),
    callCounts: countsOf(calls),
    ...(diff && { differences: numberOf(diff) }),
  }
}

/** The item with all its parts. */
export const wholeItem = (item: ItemRecord): Item => {
  const { callCounts, differences } = itemRow(item)
  return { ...item, callCounts, ...(differences !== undefined && { differences }) }
}

/** The item merged with its late part. */
export function withLate<T extends ItemRecord>(item: T, late: LateItem | undefined): T {
  if (!late) return item
  const { outcome, reason, lateErrors, calls } = late
  return {
    ...item,
    outcome,
    ...(reason !== undefined && { reason }),
    lateErrors: [...(item.lateErrors ?? []), ...lateErrors],
    calls: [...item.calls, ...calls],
  }
}

function countsOf(calls: readonly ItemCall[]): ItemCallCounts {
  const counts = {
    served: 0,
    drifted: 0,
    missed: 0,
    overridden: 0,
    ran: 0,
    unused: 0,
    'not-reached': 0,
    missedAndRan: 0,
    unknownInputs: 0,
    unlikeThis: 0,
  }
  for (const { kind, count = 1, ran, unknownInput, unlikeThis } of calls) {
    counts[kind] += count
    if (kind === 'missed' && ran) counts.missedAndRan++
    if (kind === 'served' && unknownInput !== undefined) counts.unknownInputs++
    if ((kind === 'served' || kind === 'drifted') && unlikeThis) counts.unlikeThis++
  }
  return counts
}

const numberOf = (diff: ItemDiff): number =>
  Object.values(diff).reduce((sum, calls) => sum + (calls?.length ?? 0), 0)

const withoutReasoning = ({ reasoning: _, ...score }: ItemScore): ItemScore => score

const mapped = <A, B>(values: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))

const cut = (text: string): string =>
  text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text

const cutOrNull = (text: string | null): string | null => (text === null ? null : cut(text))
