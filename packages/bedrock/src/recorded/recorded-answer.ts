import { jsonOf, type PreencodedMembers } from '@runtape/provider'
import { streamHoldsSecret } from './stream-secrets.ts'

/**
 * An answer as it lies on the tape: what a person reads, and all that a replay needs to give the SDK the same bytes
 * again. The body is one of `body`, `text`, `base64` and `chunks`.
 */
export interface RecordedAnswer {
  /** The HTTP status; absent when there was no answer that could be given again. */
  readonly status?: number
  /** Those that tell something about the answer; never any of the request. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * The assistant's message that the events of a stream add up to; of a vendor's own stream, its text, or
   * the texts of its blocks where there are several.
   */
  readonly message?: unknown
  /** The stream itself is left out, as there was something in it that is not to be kept. */
  readonly withheld?: true
  /** The usage as Bedrock told it. */
  readonly usage?: unknown
  /** The JSON of the body, where writing it again gives the very same text. */
  readonly body?: unknown
  /** The body, where it is text of any other kind. */
  readonly text?: string
  /** The body, where it is no text. */
  readonly base64?: string
  /** The bytes of an event stream, in Base64. */
  readonly chunks?: readonly string[]
  /** In which sizes they arrived; where it is absent, as they are there. */
  readonly sizes?: readonly number[]
  /** What the application was given in place of an answer, or of the rest of it. */
  readonly failure?: unknown
  /** How often the SDK tried. */
  readonly attempts?: number
  /** How long the SDK waited between its attempts, in milliseconds. */
  readonly totalRetryDelay?: number
}

// Gateways move what they remove from an answer to such names: its cookies, and its CORS rules.
const keptHeader =
  /^(content-type|retry-after|x-amzn-(?!remapped-|waf-|mtls-|oidc-).*|x-amz-id-2|x-amz-cf-id)$/i

export function headersToKeep(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (keptHeader.test(name)) kept[name] = String(value)
  return kept
}

type Body = Pick<RecordedAnswer, 'body' | 'text' | 'base64'>

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The body as JSON or text where that loses nothing, else as Base64. */
export function writtenBody(bytes: Buffer): PreencodedMembers {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    // What is no text as a whole may be nearly all text.
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
    // What is too deep to be written can be read all the same.
    return false
  }
}

// Of more levels, not every Node can write what it has read.
const mostLevels = 400

function isDeep(value: unknown, levels = mostLevels): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const inner of Object.values(value)) if (isDeep(inner, levels - 1)) return true
  return false
}

/** The bytes of a stream, and where one chunk of them ended and the next began. */
export function writtenStream(bytes: Buffer, sizes: readonly number[]): PreencodedMembers {
  const base64 = bytes.toString('base64')
  const chunks = sizes.length > 0 ? [base64] : []
  const cut = sizes.length > 1
  return {
    // Base64 has nothing that JSON would write in another way.
    json: `"chunks":[${chunks.length > 0 ? `"${base64}"` : ''}]${cut ? `,"sizes":[${sizes.join()}]` : ''}`,
    holdsSecret: limits => streamHoldsSecret(bytes, limits),
  }
}

/** The chunks of a recorded stream as they arrived. */
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
