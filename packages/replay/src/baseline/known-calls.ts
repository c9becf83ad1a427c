import type { CallDifference, TraceDiff } from '../compare/trace-diff.ts'

type Lists = { -readonly [List in keyof TraceDiff]: readonly CallDifference[] }

/** Marks the differences that calls had with the code before the change, too: in the same way, or in another one. */
export function markKnownCalls(diff: TraceDiff, before: TraceDiff): TraceDiff {
  const marked: Lists = { ...diff }
  for (const [list, calls] of Object.entries(diff) as [keyof TraceDiff, readonly CallDifference[]][]) {
    const known = Map.groupBy(before[list] ?? [], placeOf)
    marked[list] = calls.map(call => markedBy(call, known.get(placeOf(call))))
  }
  return marked
}

/** Each difference before the change explains one difference now. */
function markedBy(call: CallDifference, known: CallDifference[] | undefined): CallDifference {
  if (!known || known.length === 0) return call
  const same = known.findIndex(each => isSame(call, each))
  known.splice(Math.max(same, 0), 1)
  return { ...call, before: same === -1 ? 'other' : 'same' }
}

/** Of added calls, which have no recorded counterpart: the place in the code. */
const placeOf = ({ sourceSpanId, parentKey, key, name }: CallDifference): string =>
  sourceSpanId ?? JSON.stringify([parentKey, key, name])

/** Values that cannot be compared are never the same. */
function isSame(a: CallDifference, b: CallDifference): boolean {
  if (a.spanId === undefined && b.spanId === undefined) return true
  return a.values !== undefined && a.values === b.values && String(a.changed) === String(b.changed)
}
