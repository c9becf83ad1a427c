import type { AlignedCall } from './align-traces.ts'

/** A call, or the number of equal calls that are omitted here. */
export type ShownCall = AlignedCall | number

const few = 40
const atFirst = 12
const most = 200

/**
 * The relevant calls of a long list: changed or failed ones, their ancestors, and the first ones. The number of omitted calls
 * replaces the others.
 */
export function elideUnchanged(calls: readonly AlignedCall[]): ShownCall[] {
  if (calls.length <= few) return [...calls]
  const shown = new Uint8Array(calls.length)
  shown.fill(1, 0, atFirst)
  const above: number[] = []
  let count = atFirst
  for (const [index, call] of calls.entries()) {
    above[call.depth] = index
    above.length = call.depth + 1
    if (!matters(call) || count > most) continue
    for (const at of above) {
      count += shown[at] === 1 ? 0 : 1
      shown[at] = 1
    }
  }
  return withGaps(calls, shown)
}

const matters = ({ changes, before, after }: AlignedCall): boolean =>
  changes.length > 0 || (after !== undefined && after.status !== 'ok' && before?.status === 'ok')

function withGaps(calls: readonly AlignedCall[], shown: Uint8Array): ShownCall[] {
  const list: ShownCall[] = []
  for (const [index, call] of calls.entries()) {
    const last = list.at(-1)
    if (shown[index]) list.push(call)
    else if (typeof last === 'number') list[list.length - 1] = last + 1
    else list.push(1)
  }
  return list
}
