import { Readable } from 'node:stream'
import { failOnRead, isAskedByNode, missing } from './missing.ts'
import type { Served } from './served-call.ts'

/** Makes the additional members of the recorded stream or promise throw when the code reads them. */
export function hideMembers<T>(answer: T, served: Served, which: 'members' | 'streamMembers' = 'members'): T {
  const members = served.effects?.[which]
  if (!members || typeof answer !== 'object' || answer === null) return answer
  for (const name of members) {
    if (name in answer) continue
    const fail = () =>
      missing(served, `the code read .${name} of what the recorded call returned, which is not on the tape`)
    failOnRead(answer, name, fail, answer instanceof Readable ? isAskedByNode : undefined)
  }
  return answer
}
