import { decodeResumptionToken, InvalidTokenError, RuntapeError } from '@runtape/core'
import { maxTokenLength } from '@runtape/core/internal'
import { errors, type JWTVerifyResult, jwtVerify, SignJWT } from 'jose'

// A separate package, so that code which keeps its tokens to itself loads no cryptography.

/** A secret that seals tokens. */
export interface SealingKey {
  /** Names the key inside sealed tokens, to distinguish it from its successor. */
  readonly kid: string
  /** At least 32 bytes of randomness; a string counts as UTF-8. */
  readonly secret: Uint8Array | string
}

export interface SealOptions {
  /** Lifetime of the sealed token: seconds, or a span such as `15m`, `12h`, `30 days`. */
  readonly expiresIn: number | string
}

const algorithm = 'HS256'
const type = 'runtape-token+jwt'
const minSecretBytes = 32
// A sealed token holds the token once, in Base64, between a header and a signature.
const maxSealedLength = maxTokenLength * 2

/**
 * Signs a resumption token that leaves the trust boundary, for example to a browser that sends a thumbs-up: a JWS (HS256) that
 * expires. It proves that this service issued it, but hides nothing.
 *
 * @throws {InvalidTokenError} if `token` is not a resumption token.
 * @throws {RuntapeError} `invalid-option` if the key has no `kid`, its secret is missing or shorter than 32 bytes, or `expiresIn`
 * is not a time.
 *
 * @example
 * ```ts
 * import { openToken, sealToken } from '@runtape/sealed-token'
 *
 * const key = { kid: '2026-01', secret: process.env.TOKEN_SECRET ?? '' }
 * const sealed = await sealToken('eyJydW5JZCI6…', key, { expiresIn: '30 days' })
 * const token = await openToken(sealed, key)
 * ```
 */
export async function sealToken(token: string, key: SealingKey, { expiresIn }: SealOptions): Promise<string> {
  decodeResumptionToken(token)
  const secret = secretBytes(key)
  return expiring(new SignJWT({ token }), expiresIn)
    .setProtectedHeader({ alg: algorithm, typ: type, kid: key.kid })
    .sign(secret)
}

/**
 * Returns the resumption token if one of `keys` sealed it and it has not expired. To rotate keys, seal with the new key and open
 * with both until the last token of the old one has expired.
 *
 * @throws {InvalidTokenError} if it was changed, has expired, was sealed with another key or algorithm, or is not a sealed token.
 */
export async function openToken(sealed: string, keys: SealingKey | readonly SealingKey[]): Promise<string> {
  if (typeof sealed !== 'string' || sealed === '') throw refusal('it is empty')
  if (sealed.length > maxSealedLength) throw refusal(`it is longer than ${maxSealedLength} characters`)
  const byKid = secretsByKid([keys].flat())
  const { payload } = await verify(sealed, byKid)
  if (typeof payload.token !== 'string') throw refusal('it contains no resumption token')
  decodeResumptionToken(payload.token)
  return payload.token
}

async function verify(sealed: string, byKid: ReadonlyMap<string, Uint8Array>): Promise<JWTVerifyResult> {
  const secretOf = ({ kid }: { kid?: string }) => {
    const secret = byKid.get(kid ?? '')
    if (secret) return secret
    throw refusal('it was sealed with an unknown key')
  }
  try {
    // We fix the algorithm, never the token; an expiry is required.
    return await jwtVerify(sealed, secretOf, { algorithms: [algorithm], typ: type, requiredClaims: ['exp'] })
  } catch (error) {
    if (error instanceof InvalidTokenError) throw error
    throw refusal(reasonOf(error), error)
  }
}

const refusal = (reason: string, cause?: unknown) =>
  new InvalidTokenError(reason, {
    cause,
    advice: 'Pass the value of sealToken unchanged, and before it expires.',
  })

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature does not match'
  if (error instanceof errors.JOSEAlgNotAllowed) return `it is not signed with ${algorithm}`
  return 'it is not a sealed token'
}

function expiring(jwt: SignJWT, expiresIn: number | string): SignJWT {
  try {
    return jwt.setExpirationTime(
      typeof expiresIn === 'number' ? new Date(Date.now() + expiresIn * 1000) : expiresIn,
    )
  } catch (cause) {
    const message = `expiresIn is not a time: ${JSON.stringify(expiresIn)}. Use seconds, or '15m', '12h', '30 days'.`
    throw new RuntapeError('invalid-option', message, { cause })
  }
}

function secretsByKid(keys: readonly SealingKey[]): ReadonlyMap<string, Uint8Array> {
  const byKid = new Map<string, Uint8Array>()
  for (const key of keys) {
    const secret = secretBytes(key)
    if (byKid.has(key.kid))
      throw invalidKey(`Two sealing keys have the kid '${key.kid}'`, 'Name each key once.')
    byKid.set(key.kid, secret)
  }
  return byKid
}

function secretBytes(key: SealingKey): Uint8Array {
  const { kid, secret } = key ?? {}
  if (typeof kid !== 'string' || kid === '')
    throw invalidKey(
      'A sealing key has no kid',
      "Name it: { kid: '2026-01', secret }. Tokens are opened by that name.",
    )
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array))
    throw invalidKey(
      `The secret of sealing key '${kid}' is neither a string nor bytes (got ${secret === null ? 'null' : typeof secret})`,
      'Is the environment variable set?',
    )
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  if (bytes.byteLength >= minSecretBytes) return bytes
  throw invalidKey(
    `The secret of sealing key '${kid}' has ${bytes.byteLength} bytes; ${algorithm} needs ${minSecretBytes}`,
    'Use crypto.randomBytes(32).',
  )
}

const invalidKey = (problem: string, step: string) =>
  new RuntapeError('invalid-option', `${problem}. ${step}`)
