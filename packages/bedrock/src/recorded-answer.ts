import { jsonOf } from './fields.ts'

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
  /** The stream itself is left out, as something was redacted in what it adds up to. */
  readonly withheld?: true
  /** The usage as Bedrock told it. */
  readonly usage?: unknown
  /** The JSON of the body, where writing it again gives the very same text. */
  readonly body?: unknown
  /** The body, where it is text of any other kind. */
  readonly text?: string
  /** The body, where it is no text. */
  readonly base64?: string
  /** The bytes of an event stream as they arrived, in Base64. */
  readonly chunks?: readonly string[]
  /** What the application was given in place of an answer, or of the rest of it. */
  readonly failure?: unknown
  /** How often the SDK tried. */
  readonly attempts?: number
  /** How long the SDK waited between its attempts, in milliseconds. */
  readonly totalRetryDelay?: number
}

const keptHeader = /^(content-type|retry-after|x-amzn-.*|x-amz-id-2|x-amz-cf-id)$/i

export function headersToKeep(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (keptHeader.test(name)) kept[name] = String(value)
  return kept
}

type Body = Pick<RecordedAnswer, 'body' | 'text' | 'base64'>

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The body as JSON or text where that loses nothing, else as Base64. */
export function recordBody(bytes: Buffer): Body {
  try {
    const text = utf8.decode(bytes)
    const json = jsonOf(text)
    return json !== undefined && JSON.stringify(json) === text ? { body: json } : { text }
  } catch {
    return { base64: bytes.toString('base64') }
  }
}

/** The bytes of a recorded body that was not streamed. */
export function bodyBytes({ body, text, base64 }: Body): Uint8Array {
  if (base64 !== undefined) return Uint8Array.from(Buffer.from(base64, 'base64'))
  return new TextEncoder().encode(text ?? (body === undefined ? '' : JSON.stringify(body)))
}
