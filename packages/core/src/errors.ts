import type { ErrorSummary } from './records/records.ts'

const brand = Symbol.for('runtape.error')

/** What went wrong, as a stable word to branch on. */
export type RuntapeErrorCode =
  | 'invalid-token'
  | 'invalid-config'
  | 'invalid-option'
  | 'invalid-record'
  | 'damaged-record'
  | 'record-too-large'
  | 'not-traced'
  | 'not-replayable'
  | 'no-traces'
  | 'replay-miss'
  | 'unknown-codec'
  | 'replay-refused'
  | 'replay-stopped'
  | 'process-end'
  | 'replay-outside'
  | 'replay-not-persisted'
  | 'network-refused'
  | 'replay-failed'
  | 'evaluator-failed'
  | 'sum-too-large'
  | 'period-pruned'
  | 'revision-unknown'
  | 'version-conflict'
  | 'store-unusable'
  | 'store-closed'

/**
 * Base of all errors that Runtape throws. Messages name what failed, which key, the state it was in, and the next step; `code` is
 * the part to branch on.
 *
 * @example
 * ```ts
 * import { RuntapeError } from '@runtape/core'
 *
 * try {
 *   throw new RuntapeError('invalid-option', 'limit must be at least 1 (got 0). Pass a positive limit.')
 * } catch (error) {
 *   if (RuntapeError.isInstance(error)) console.error(error.code)
 * }
 * ```
 */
export class RuntapeError extends Error {
  override readonly name: string = 'RuntapeError'
  readonly code: RuntapeErrorCode

  constructor(code: RuntapeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    Object.defineProperty(this, brand, { value: true })
  }

  /** True for a `RuntapeError` of any copy of this package. `instanceof` fails across ESM and CommonJS. */
  static isInstance(error: unknown): error is RuntapeError {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true
  }
}

/** A resumption token that cannot be read. The message says why and never contains the whole token. */
export class InvalidTokenError extends RuntapeError {
  override readonly name = 'InvalidTokenError'

  constructor(
    reason: string,
    { advice = passUnchanged, ...options }: { cause?: unknown; advice?: string } = {},
  ) {
    super('invalid-token', `Invalid resumption token: ${reason}. ${advice}`, options)
  }
}

const passUnchanged = 'Pass the value of tracker.resumptionToken unchanged.'

const unreadable = 'a value that cannot be shown'

/** The message of any thrown value, for use inside another message. */
export function messageOf(thrown: unknown): string {
  try {
    return String(isErrorLike(thrown) ? thrown.message : thrown)
  } catch {
    return unreadable
  }
}

/**
 * Name, message and HTTP status of any thrown value. A summary stays unchanged when it is summarised again. Never throws,
 * whatever the value does when it is read.
 */
export function summarizeError(thrown: unknown): ErrorSummary {
  try {
    const name = isErrorLike(thrown) ? String(thrown.name) : typeof thrown
    const status = (thrown as { status?: unknown } | null | undefined)?.status
    const hasStatus = typeof status === 'number' && Number.isFinite(status)
    return { name, message: messageOf(thrown), ...(hasStatus && { status }) }
  } catch {
    return { name: typeof thrown, message: unreadable }
  }
}

// Errors of other realms and libraries, and summaries of errors, are not instances of this realm's Error.
function isErrorLike(thrown: unknown): thrown is Pick<Error, 'name' | 'message'> {
  if (thrown instanceof Error) return true
  const { name, message } = (thrown ?? {}) as { name?: unknown; message?: unknown }
  return typeof name === 'string' && typeof message === 'string'
}
