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

/** Makes `owner[name]` fail when code reads it. Nothing that only looks at the object (inspection, spread) sees it. */
export function failOnRead(owner: object, name: PropertyKey, fail: () => Error): void {
  const get = () => {
    // What a replay records is no use of it.
    throw isCapturing() ? new TypeError('it is not on the tape') : fail()
  }
  // The code may put something else in its place, also where the property was copied to another object.
  function set(this: object, value: unknown): void {
    Reflect.defineProperty(this, name, { value, configurable: true, writable: true, enumerable: true })
  }
  Reflect.defineProperty(owner, name, { get, set, configurable: true, enumerable: false })
}
