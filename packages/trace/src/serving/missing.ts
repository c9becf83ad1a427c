import { RuntapeError } from '@runtape/core'
import { isCapturing } from '../capture/capturing.ts'
import type { Served } from './served-call.ts'

/** The error for something that the code asks for and the tape does not have; the replay reports it as a miss. */
export function missing({ missing: report }: Pick<Served, 'missing'>, what: string): Error {
  return (
    report?.(what) ??
    new RuntapeError(
      'replay-miss',
      `The tape cannot answer this call: ${what}. Let it run, or record a trace that answers it.`,
    )
  )
}

/**
 * Makes `owner[name]` fail when code reads it. Nothing that only looks at the object (inspection, spread) sees it; and
 * where `isLookedAt` says so, neither does who reads it now.
 */
export function failOnRead(
  owner: object,
  name: PropertyKey,
  fail: () => Error,
  isLookedAt = () => false,
): void {
  const get = () => {
    if (isLookedAt()) return undefined
    // What a replay records is no use of it.
    throw isCapturing() ? new RuntapeError('replay-miss', 'it is not on the tape') : fail()
  }
  // The code may put something else in its place, also where the property was copied to another object.
  function set(this: object, value: unknown): void {
    Reflect.defineProperty(this, name, { value, configurable: true, writable: true, enumerable: true })
  }
  Reflect.defineProperty(owner, name, { get, set, configurable: true, enumerable: false })
}

/** Whether the getter that calls this was called by Node's own code, which looks at what kind of stream it has. */
export function isAskedByNode(): boolean {
  const { getCallSites } = process.getBuiltinModule('node:util')
  return getCallSites(3)[2]?.scriptName.startsWith('node:') === true
}
