import type { Payload } from '@runtape/core'
import { fingerprint } from '@runtape/trace'

/** Whether two captured values are equal; what cannot be read equals nothing. */
export function isSamePayload(before: Payload | undefined, after: Payload | undefined): boolean {
  if (!before || !after) return before === after
  if (before.json === after.json && isPlain(before) && isPlain(after)) return true
  try {
    return fingerprint(before) === fingerprint(after)
  } catch {
    return false
  }
}

// What the JSON says is all that there is to it.
const isPlain = ({ meta, truncated }: Payload) => meta === undefined && truncated === undefined
