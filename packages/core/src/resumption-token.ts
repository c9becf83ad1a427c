import { InvalidTokenError } from './errors.ts'

/** Contents of a resumption token: enough to identify a run in another process, and nothing else. */
export interface RunIdentity {
  readonly runId: string
  readonly configKey: string
  /** `''` when the evaluation named no variation. */
  readonly variationKey: string
  readonly version: number
}

/** The longest accepted token, in characters. */
export const maxTokenLength = 8 * 1024

const base64url = /^[A-Za-z0-9_-]+={0,2}$/

/**
 * Encodes a run's identity as URL-safe Base64 without padding of the compact JSON
 * `{"runId","configKey","variationKey","version"}`; an empty `variationKey` is omitted. A token is neither a secret nor a proof:
 * everyone who has it can read it.
 *
 * @param more members of other SDKs to carry along
 * @throws {InvalidTokenError} if the token could not be decoded: it is longer than 8 KiB, or a field is invalid
 *
 * @example
 * ```ts
 * import { decodeResumptionToken, encodeResumptionToken } from '@runtape/core'
 *
 * const token = encodeResumptionToken({ runId: crypto.randomUUID(), configKey: 'support', variationKey: '', version: 1 })
 * decodeResumptionToken(token).configKey // 'support'
 * ```
 */
export function encodeResumptionToken(identity: RunIdentity, more: TokenMembers = {}): string {
  const { runId, configKey, variationKey, version } = identity
  const own =
    variationKey === '' ? { runId, configKey, version } : { runId, configKey, variationKey, version }
  const token = Buffer.from(JSON.stringify({ ...own, ...more })).toString('base64url')
  requireReadable(identity, token)
  return token
}

// An undecodable token would only fail later, elsewhere.
function requireReadable(identity: RunIdentity, token: string): void {
  const advice = 'Give the run an id and a config key that fit in a token.'
  if (token.length > maxTokenLength)
    throw new InvalidTokenError(`it would be longer than ${maxTokenLength} characters`, { advice })
  const problem = identityProblem(identity)
  if (problem !== undefined) throw new InvalidTokenError(problem, { advice })
}

function identityProblem({
  runId,
  configKey,
  variationKey,
  version,
}: Partial<RunIdentity>): string | undefined {
  if (typeof runId !== 'string' || runId === '') return 'runId must be a non-empty string'
  if (typeof configKey !== 'string') return 'configKey must be a string'
  if (typeof variationKey !== 'string') return 'variationKey must be a string'
  return Number.isSafeInteger(version) ? undefined : 'version must be an integer'
}

/**
 * Decodes a token of this or another vendor's SDK: padding, spaces in the JSON, an empty `variationKey` and unknown keys are
 * accepted.
 *
 * @throws {InvalidTokenError} when it is empty, longer than 8 KiB, not Base64url, not a JSON object, or lacks a field.
 */
export function decodeResumptionToken(token: string): RunIdentity {
  return identityOfToken(parseToken(token))
}

/** Members that other SDKs add to a token, such as LaunchDarkly's `graphKey`. They are kept when a run is resumed. */
export type TokenMembers = Readonly<Record<string, unknown>>

/**
 * Decodes a token including members that Runtape does not know.
 *
 * @throws {InvalidTokenError} as `decodeResumptionToken` does
 */
export function readResumptionToken(token: string): { identity: RunIdentity; more: TokenMembers } {
  const json = parseToken(token)
  const { runId, configKey, variationKey, version, ...more } = json
  return { identity: identityOfToken(json), more }
}

function identityOfToken(json: Record<string, unknown>): RunIdentity {
  const { runId, configKey, variationKey = '', version } = json
  const identity = { runId, configKey, variationKey, version } as RunIdentity
  const problem = identityProblem(identity)
  if (problem !== undefined) throw new InvalidTokenError(problem)
  return identity
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
