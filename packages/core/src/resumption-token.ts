import { InvalidTokenError } from './errors.ts'

/** What a resumption token carries: enough to name a run in another process, and nothing else. */
export interface RunIdentity {
  readonly runId: string
  readonly configKey: string
  /** `''` when the evaluation named no variation. */
  readonly variationKey: string
  readonly version: number
}

/** The longest token that is read, in characters. */
export const maxTokenLength = 8 * 1024

const base64url = /^[A-Za-z0-9_-]+={0,2}$/

/**
 * Encodes a run's identity as URL-safe Base64 without padding of the compact JSON
 * `{"runId","configKey","variationKey","version"}`; an empty `variationKey` is left out.
 * A token is neither a secret nor a proof: whoever holds it can read it.
 *
 * @example
 * ```ts
 * import { decodeResumptionToken, encodeResumptionToken } from '@runtape/core'
 *
 * const token = encodeResumptionToken({ runId: crypto.randomUUID(), configKey: 'support', variationKey: '', version: 1 })
 * decodeResumptionToken(token).configKey // 'support'
 * ```
 */
export function encodeResumptionToken({ runId, configKey, variationKey, version }: RunIdentity): string {
  const identity =
    variationKey === '' ? { runId, configKey, version } : { runId, configKey, variationKey, version }
  return Buffer.from(JSON.stringify(identity)).toString('base64url')
}

/**
 * Reads a token of this or another vendor's SDK: padding, spaces in the JSON, an empty
 * `variationKey` and unknown keys are accepted.
 *
 * @throws {InvalidTokenError} when it is empty, longer than 8 KiB, not Base64url, not a JSON object, or lacks a field.
 */
export function decodeResumptionToken(token: string): RunIdentity {
  const json = parseToken(token)
  const { runId, configKey, variationKey = '', version } = json
  if (typeof runId !== 'string' || runId === '')
    throw new InvalidTokenError('runId must be a non-empty string')
  if (typeof configKey !== 'string') throw new InvalidTokenError('configKey must be a string')
  if (typeof variationKey !== 'string') throw new InvalidTokenError('variationKey must be a string')
  if (!Number.isSafeInteger(version)) throw new InvalidTokenError('version must be an integer')
  return { runId, configKey, variationKey, version: version as number }
}

function parseToken(token: string): Record<string, unknown> {
  if (typeof token !== 'string' || token === '') throw new InvalidTokenError('it is empty')
  if (token.length > maxTokenLength)
    throw new InvalidTokenError(`it is longer than ${maxTokenLength} characters`)
  if (!base64url.test(token)) throw new InvalidTokenError('it is not URL-safe Base64')
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    // The parser's message quotes its input, so it is not passed on as a cause.
    throw new InvalidTokenError('it does not contain JSON')
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new InvalidTokenError('it does not contain a JSON object')
  }
  return json as Record<string, unknown>
}
