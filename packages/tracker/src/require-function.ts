import { RuntapeError } from '@runtape/core'

/** @throws {RuntapeError} `invalid-option` for what cannot be called, such as the result of a call */
export function requireFunction(method: string, fn: unknown): void {
  if (typeof fn === 'function') return
  throw new RuntapeError(
    'invalid-option',
    `${method} needs a function (got ${fn instanceof Promise ? 'a promise' : typeof fn}). Pass () => answer(question): a call that has begun cannot be tracked.`,
  )
}
