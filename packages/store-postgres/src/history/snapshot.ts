/** A set of transactions: all ids below `end`, except the open ones. */
export interface Snapshot {
  readonly end: bigint
  /** Rising, each below `end`. */
  readonly open: readonly bigint[]
}

/** Equal sets are equal: an open id that only borders on `end` is left out. */
export function snapshotOf(end: bigint, open: Iterable<bigint>): Snapshot {
  const rising = [...new Set(open)].filter(xid => xid < end).sort((a, b) => (a < b ? -1 : 1))
  let last = end
  while (rising.at(-1) === last - 1n) last = rising.pop() ?? last
  return { end: last, open: rising }
}

export const covers = ({ end, open }: Snapshot, xid: bigint): boolean => xid < end && !open.includes(xid)

/** Everything that one of the two covers. */
export function union(a: Snapshot, b: Snapshot): Snapshot {
  const isLonger = a.end > b.end
  return snapshotOf(
    isLonger ? a.end : b.end,
    [...a.open, ...b.open].filter(xid => !covers(a, xid) && !covers(b, xid)),
  )
}

/** Everything that both cover. */
export const intersection = (a: Snapshot, b: Snapshot): Snapshot =>
  below(snapshotOf(a.end, [...a.open, ...b.open]), b.end)

/** What it covers below `end`. */
export const below = (snapshot: Snapshot, end: bigint): Snapshot =>
  snapshotOf(end < snapshot.end ? end : snapshot.end, snapshot.open)

/** Reads the text of a `pg_snapshot`. */
export function parseSnapshot(text: string): Snapshot {
  const [, end = '1', open = ''] = text.split(':')
  return snapshotOf(BigInt(end), open.split(',').filter(Boolean).map(BigInt))
}

/** The text of a `pg_snapshot`. */
export const snapshotText = ({ end, open }: Snapshot): string => `${open[0] ?? end}:${end}:${open.join(',')}`
