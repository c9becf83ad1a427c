import { jsonOf, type PreencodedMembers } from '@runtape/provider'
import { streamHoldsSecret } from './stream-secrets.ts'

/**
 * An answer on the tape: what a person reads, and everything that a replay needs to pass the SDK the same bytes again. The body
 * is one of `body`, `text`, `base64` and `chunks`.
 */
export interface RecordedAnswer {
  /** The HTTP status; absent if no answer can be served again. */
  readonly status?: number
  /** Headers with facts about the answer; never any of the request. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * The assistant's message aggregated from a stream's events; for a vendor's own stream its text, or the texts of its blocks if
   * there are several.
   */
  readonly message?: unknown
  /** The stream itself is omitted, because it contained values that must not be kept. */
  readonly withheld?: true
  /** The usage as reported by Bedrock. */
  readonly usage?: unknown
  /** The JSON of the body, if serialising it again produces the same text. */
  readonly body?: unknown
  /** The body, if it is other text. */
  readonly text?: string
  /** The body, if it is not text. */
  readonly base64?: string
  /** The bytes of an event stream, in Base64. */
  readonly chunks?: readonly string[]
  /** The sizes of the received pieces; absent if equal to `chunks`. */
  readonly sizes?: readonly number[]
  /** The error that the application received instead of an answer, or of the rest of it. */
  readonly failure?: unknown
  /** Number of the SDK's attempts. */
  readonly attempts?: number
  /** Total delay between the SDK's attempts, in milliseconds. */
  readonly totalRetryDelay?: number
}

// Gateways move removed headers to such names: cookies and CORS rules.
const keptHeader =
  /^(content-type|retry-after|x-amzn-(?!remapped-|waf-|mtls-|oidc-).*|x-amz-id-2|x-amz-cf-id)$/i

export function headersToKeep(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (keptHeader.test(name)) kept[name] = String(value)
  return kept
}

type Body = Pick<RecordedAnswer, 'body' | 'text' | 'base64'>

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The body as JSON or text if that is lossless, otherwise as Base64. */
export function writtenBody(bytes: Buffer): PreencodedMembers {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    // A body that is not text as a whole may be mostly text.
    return written({ base64: bytes.toString('base64') }, { text: bytes.toString() })
  }
  const body = jsonOf(text)
  return isWrittenAs(text, body)
    ? { json: `"body":${text}`, inspectable: () => ({ body }) }
    : written({ text }, { text })
}

const written = (body: Body, visible: Body): PreencodedMembers => ({
  json: JSON.stringify(body).slice(1, -1),
  inspectable: () => visible,
})

function isWrittenAs(text: string, value: unknown): boolean {
  try {
    return value !== undefined && !isDeep(value) && JSON.stringify(value) === text
  } catch {
    // Values that are too deep to serialise can still be parsed.
    return false
  }
}

// Beyond this depth, not every Node can serialise what it has parsed.
const mostLevels = 400

function isDeep(value: unknown, levels = mostLevels): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const inner of Object.values(value)) if (isDeep(inner, levels - 1)) return true
  return false
}

/** The bytes of a stream, and the boundaries of its chunks. */
export function writtenStream(bytes: Buffer, sizes: readonly number[]): PreencodedMembers {
  const base64 = bytes.toString('base64')
  const chunks = sizes.length > 0 ? [base64] : []
  const cut = sizes.length > 1
  return {
    // Base64 contains nothing that JSON escapes.
    json: `"chunks":[${chunks.length > 0 ? `"${base64}"` : ''}]${cut ? `,"sizes":[${sizes.join()}]` : ''}`,
    holdsSecret: limits => streamHoldsSecret(bytes, limits),
  }
}

/** The chunks of a recorded stream as received. */
export function chunksOf({ chunks = [], sizes }: RecordedAnswer): Buffer[] {
  const bytes = chunks.map(chunk => Buffer.from(chunk, 'base64'))
  if (!sizes) return bytes
  const all = Buffer.concat(bytes)
  let at = 0
  return sizes.map(size => {
    const chunk = all.subarray(at, at + size)
    at += size
    return chunk
  })
}

/** The bytes of a recorded body that was not streamed. */
export function bodyBytes({ body, text, base64 }: Body): Uint8Array {
  if (base64 !== undefined) return Uint8Array.from(Buffer.from(base64, 'base64'))
  return new TextEncoder().encode(text ?? (body === undefined ? '' : JSON.stringify(body)))
}
