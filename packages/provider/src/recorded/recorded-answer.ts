import { isFields } from '../call/json-fields.ts'
import type { HttpProvider } from '../transport/http-provider.ts'

/**
 * An answer as it is on the tape: what a person reads, and everything that a replay needs to return the same bytes to
 * the application. The body is one of `body`, `text` and `events`.
 */
export interface RecordedAnswer {
  /** The HTTP status; absent if there was no answer. */
  readonly status?: number
  /** Of a failure, if the host sent one. */
  readonly statusText?: string
  /** Headers that describe the answer; never any that identifies or authorizes. */
  readonly headers?: Readonly<Record<string, string>>
  /** The JSON of the body. `layout` says how to restore its exact text. */
  readonly body?: unknown
  readonly layout?: JsonLayout
  /** The body, if it is not JSON or its exact text cannot be restored from JSON. */
  readonly text?: string
  /**
   * The events of a stream, as the application saw them. An event that is `data: ` followed by compact JSON may be
   * recorded as that JSON; any other as its exact text. Consecutive similar events may be recorded as one
   * `AlikeEvents`.
   */
  readonly events?: readonly unknown[]
  /** The assistant's message, aggregated from the events. `choices` replaces it if there are several. */
  readonly message?: unknown
  readonly choices?: readonly unknown[]
  /** The items of a response, aggregated from the events. */
  readonly output?: unknown
  /** The stream itself is omitted, because it contained values that must not be kept. */
  readonly withheld?: true
  /** The usage as the provider reported it. */
  readonly usage?: unknown
  /** A stream was requested, but this answer came instead. */
  readonly isStream?: true
  /** The size in bytes of a body that is not kept. */
  readonly bytes?: number
  /** The connection broke before the end of the body. */
  readonly broken?: true
  /** The application aborted the call while it waited for the answer or the rest of it. */
  readonly aborted?: true
  /** Number of attempts of the SDK, if there was no answer. */
  readonly attempts?: number
}

/** Consecutive events whose texts differ in only a few values, as those of a long answer do. */
export interface AlikeEvents {
  /** The text of each event before, between and after the values. */
  readonly alike: readonly string[]
  /** The values as they are in the text. For each position, those of all events in order. */
  readonly values: readonly (readonly string[])[]
}

export interface JsonLayout {
  readonly indent: number
  /** The text after the JSON. */
  readonly end: string
}

// For every provider: headers that a replay needs to read the body, and to wait as long as before.
const keptHeaders = new Set(['content-type', 'retry-after', 'retry-after-ms'])

/** The headers that are recorded. */
export function headersToKeep({ keepsHeader }: HttpProvider, headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {}
  headers.forEach((value, name) => {
    if (keptHeaders.has(name) || keepsHeader?.(name)) kept[name] = value
  })
  return kept
}

/** How to restore the exact text from its JSON; `undefined` if that is impossible. */
export function layoutOf(text: string, json: unknown): JsonLayout | undefined {
  const written = text.trimEnd()
  const indent = /^[[{]\n {2}/.test(written) ? 2 : 0
  if (jsonOf(json, indent) !== written) return undefined
  return { indent, end: text.slice(written.length) }
}

/** The text of a recorded body that was not streamed. */
export function bodyText({ body, layout, text }: RecordedAnswer): string {
  if (text !== undefined) return text
  if (body === undefined) return ''
  return JSON.stringify(body, null, layout?.indent) + (layout?.end ?? '')
}

/** The exact text of a recorded event, or of several similar ones. */
export const eventText = (recorded: unknown): string => eventTexts(recorded).join('')

/** The exact texts of a recorded event, or of several similar ones. */
export function eventTexts(recorded: unknown): string[] {
  if (isAlike(recorded)) return alikeTexts(recorded)
  return [typeof recorded === 'string' ? recorded : `data: ${JSON.stringify(recorded)}\n\n`]
}

/** The recorded form of an event, as JSON: its own JSON if its text can be restored from that, otherwise its text. */
export function eventJson(text: string, event: unknown): string {
  if (typeof event !== 'object' || event === null || isAlike(event)) return JSON.stringify(text)
  const json = jsonOf(event)
  return json !== undefined && text === `data: ${json}\n\n` ? json : JSON.stringify(text)
}

/** `undefined` if the value is too deep to be serialized. It was parsed nevertheless. */
function jsonOf(value: unknown, indent?: number): string | undefined {
  try {
    return JSON.stringify(value, null, indent)
  } catch {
    return undefined
  }
}

/** The recorded events one by one, with similar ones expanded. */
export const eachEvent = (events: readonly unknown[]): unknown[] =>
  events.flatMap(event => (isAlike(event) ? alikeTexts(event).map(readable) : [event]))

function readable(text: string): unknown {
  try {
    return JSON.parse(eventJson(text, JSON.parse(text.slice('data: '.length))))
  } catch {
    return text
  }
}

// An event of a host may have a field with that name.
const isAlike = (event: unknown): event is AlikeEvents =>
  isFields(event) && Array.isArray(event.alike) && Array.isArray(event.values)

function alikeTexts({ alike, values }: AlikeEvents): string[] {
  const [start = '', ...literals] = alike
  const [first = []] = values
  return first.map((_, event) =>
    literals.reduce((text, literal, slot) => `${text}${values[slot]?.[event]}${literal}`, start),
  )
}
