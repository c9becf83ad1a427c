import { expect, test } from 'vitest'
import { below, covers, intersection, parseSnapshot, snapshotOf, snapshotText, union } from './snapshot.ts'

const all = [...Array(12).keys()].map(BigInt)
const idsOf = (snapshot: ReturnType<typeof snapshotOf>) => all.filter(xid => covers(snapshot, xid))

test('a snapshot covers the ids below its end that are not open', () => {
  expect(idsOf(snapshotOf(6n, [2n, 4n]))).toEqual([0n, 1n, 3n, 5n])
})

test('equal sets have equal texts', () => {
  expect(snapshotText(snapshotOf(6n, [5n, 3n, 4n]))).toBe('3:3:')
  expect(snapshotText(parseSnapshot('2:7:2,5,6'))).toBe('2:5:2')
})

test('a union covers what one of the two covers, and a part what is below', () => {
  const snapshots = [...Array(200).keys()].map(seed =>
    snapshotOf(
      BigInt(seed % 11) + 1n,
      all.filter((_, at) => ((seed * 2654435761) >> at) & 1),
    ),
  )
  for (const a of snapshots)
    for (const b of snapshots.slice(0, 20)) {
      expect(idsOf(union(a, b))).toEqual(all.filter(xid => covers(a, xid) || covers(b, xid)))
      expect(idsOf(intersection(a, b))).toEqual(all.filter(xid => covers(a, xid) && covers(b, xid)))
      expect(idsOf(below(a, b.end))).toEqual(all.filter(xid => covers(a, xid) && xid < b.end))
    }
})
