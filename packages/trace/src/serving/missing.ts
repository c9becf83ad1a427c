import { RuntapeError } from '@runtape/core'
import { isCapturing } from '../capture/capturing.ts'
import type { Served } from './served-call.ts'

/** The error for something that the code reads and the tape lacks; the replay reports it as a miss. */
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
 * Makes `owner[name]` throw when code reads it. Pure inspection (`util.inspect`, spread) does not see it; nor do reads for which
 * `isLookedAt` returns true.
 */
export function failOnRead(
  owner: object,
  name: PropertyKey,
  fail: () => Error,
  isLookedAt = () => false,
): void {
  const get = () => {
    if (isLookedAt()) return undefined
    // Recording by a replay is not a use of it.
    throw isCapturing() ? new RuntapeError('replay-miss', 'it is not on the tape') : fail()
  }
  // The code may replace it, also on an object to which the property was copied.
  function set(this: object, value: unknown): void {
    Reflect.defineProperty(this, name, { value, configurable: true, writable: true, enumerable: true })
  }
  Reflect.defineProperty(owner, name, { get, set, configurable: true, enumerable: false })
}

/** Whether the calling getter was called by Node's own code, which checks the kind of a stream. */
export function isAskedByNode(): boolean {
  const { getCallSites } = process.getBuiltinModule('node:util')
  return getCallSites(3)[2]?.scriptName.startsWith('node:') === true
}
