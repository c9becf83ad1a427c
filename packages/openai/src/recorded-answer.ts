/**
 * An answer as it lies on the tape: what a person reads, and all that a replay needs to give the application the
 * same bytes again. The body is one of `body`, `text` and `events`.
 */
export interface RecordedAnswer {
  /** The HTTP status; absent when there was no answer at all. */
  readonly status?: number
  /** Those that tell something about the answer; never any that identifies or authorises. */
  readonly headers?: Readonly<Record<string, string>>
  /** The JSON of the body, where `layout` says how to write the very same text again. */
  readonly body?: unknown
  readonly layout?: JsonLayout
  /** The body, where it is not JSON that could be written again. */
  readonly text?: string
  /**
   * The events of a stream, as the application saw them. Of an event that is `data: ` and JSON written without blanks
   * it may be the JSON, of any other it is the exact text.
   */
  readonly events?: readonly unknown[]
  /** The assistant's message that the events add up to; `choices` in its place where there is more than one. */
  readonly message?: unknown
  readonly choices?: readonly unknown[]
  /** The items of a response that the events add up to. */
  readonly output?: unknown
  /** The stream itself is left out, as something was redacted in what it adds up to. */
  readonly withheld?: true
  /** The usage as the provider told it. */
  readonly usage?: unknown
  /** The size of a body that is not kept. */
  readonly bytes?: number
  /** The connection broke before the end of the body. */
  readonly broken?: true
  /** How often the SDK tried, where there was no answer. */
  readonly attempts?: number
}

export interface JsonLayout {
  readonly indent: number
  /** What comes after it. */
  readonly end: string
}

const keptHeaders = new Set([
  'content-type',
  'x-request-id',
  'apim-request-id',
  'openai-model',
  'openai-version',
  'openai-processing-ms',
  'retry-after',
  'retry-after-ms',
])

export function headersToKeep(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {}
  headers.forEach((value, name) => {
    if (keptHeaders.has(name) || name.startsWith('x-ratelimit-')) kept[name] = value
  })
  return kept
}

/** How to write the very same text again from the JSON in it; `undefined` where that cannot be. */
export function layoutOf(text: string, json: unknown): JsonLayout | undefined {
  const written = text.trimEnd()
  const indent = /^[[{]\n {2}/.test(written) ? 2 : 0
  if (JSON.stringify(json, null, indent) !== written) return undefined
  return { indent, end: text.slice(written.length) }
}

/** The text of a recorded body that was not streamed. */
export function bodyText({ body, layout, text }: RecordedAnswer): string {
  if (text !== undefined) return text
  if (body === undefined) return ''
  return JSON.stringify(body, null, layout?.indent) + (layout?.end ?? '')
}

/** The exact text of a recorded event. */
export const eventText = (event: unknown): string =>
  typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`
