import { isFields } from '../call/json-fields.ts'
import type { HttpProvider } from '../transport/http-provider.ts'

/**
 * An answer as it lies on the tape: what a person reads, and all that a replay needs to give the application the
 * same bytes again. The body is one of `body`, `text` and `events`.
 */
export interface RecordedAnswer {
  /** The HTTP status; absent when there was no answer at all. */
  readonly status?: number
  /** Of a failure, where the host sent one. */
  readonly statusText?: string
  /** Those that tell something about the answer; never any that identifies or authorises. */
  readonly headers?: Readonly<Record<string, string>>
  /** The JSON of the body, where `layout` says how to write the very same text again. */
  readonly body?: unknown
  readonly layout?: JsonLayout
  /** The body, where it is not JSON that could be written again. */
  readonly text?: string
  /**
   * The events of a stream, as the application saw them. Of an event that is `data: ` and JSON written without blanks
   * it may be the JSON, of any other it is the exact text; events in a row that are alike may be one `AlikeEvents`.
   */
  readonly events?: readonly unknown[]
  /** The assistant's message that the events add up to; `choices` in its place where there is more than one. */
  readonly message?: unknown
  readonly choices?: readonly unknown[]
  /** The items of a response that the events add up to. */
  readonly output?: unknown
  /** The stream itself is omitted, because it contained values that must not be kept. */
  readonly withheld?: true
  /** The usage as the provider told it. */
  readonly usage?: unknown
  /** A stream was asked for, and this came in its place. */
  readonly isStream?: true
  /** The size of a body that is not kept. */
  readonly bytes?: number
  /** The connection broke before the end of the body. */
  readonly broken?: true
  /** The application aborted the call while it waited for the answer, or for the rest of it. */
  readonly aborted?: true
  /** How often the SDK tried, where there was no answer. */
  readonly attempts?: number
}

/** Events in a row whose texts differ in a few values only, as those of a long answer do. */
export interface AlikeEvents {
  /** What stands before, between and after the values in the text of each. */
  readonly alike: readonly string[]
  /** The values, as they stand in the text: for each place those of one event after the other. */
  readonly values: readonly (readonly string[])[]
}

export interface JsonLayout {
  readonly indent: number
  /** What comes after it. */
  readonly end: string
}

// Of every provider: what a replay needs to read the body, and to wait as it did.
const keptHeaders = new Set(['content-type', 'retry-after', 'retry-after-ms'])

/** The headers that are recorded. */
export function headersToKeep({ keepsHeader }: HttpProvider, headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {}
  headers.forEach((value, name) => {
    if (keptHeaders.has(name) || keepsHeader?.(name)) kept[name] = value
  })
  return kept
}

/** How to write the very same text again from the JSON in it; `undefined` where that cannot be. */
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

/** The exact text of what is recorded of one event, or of several that are alike. */
export const eventText = (recorded: unknown): string => eventTexts(recorded).join('')

/** The exact texts of the events that are recorded here. */
export function eventTexts(recorded: unknown): string[] {
  if (isAlike(recorded)) return alikeTexts(recorded)
  return [typeof recorded === 'string' ? recorded : `data: ${JSON.stringify(recorded)}\n\n`]
}

/** How one event is recorded, in JSON: by its own JSON, where it is written again from that as it is here. */
export function eventJson(text: string, event: unknown): string {
  if (typeof event !== 'object' || event === null || isAlike(event)) return JSON.stringify(text)
  const json = jsonOf(event)
  return json !== undefined && text === `data: ${json}\n\n` ? json : JSON.stringify(text)
}

/** `undefined` for what is too deep to be written: it can be read all the same. */
function jsonOf(value: unknown, indent?: number): string | undefined {
  try {
    return JSON.stringify(value, null, indent)
  } catch {
    return undefined
  }
}

/** Recorded events one by one, also those that are alike. */
export const eachEvent = (events: readonly unknown[]): unknown[] =>
  events.flatMap(event => (isAlike(event) ? alikeTexts(event).map(readable) : [event]))

function readable(text: string): unknown {
  try {
    return JSON.parse(eventJson(text, JSON.parse(text.slice('data: '.length))))
  } catch {
    return text
  }
}

// An event of a host may have a field by that name.
const isAlike = (event: unknown): event is AlikeEvents =>
  isFields(event) && Array.isArray(event.alike) && Array.isArray(event.values)

function alikeTexts({ alike, values }: AlikeEvents): string[] {
  const [start = '', ...literals] = alike
  const [first = []] = values
  return first.map((_, event) =>
    literals.reduce((text, literal, slot) => `${text}${values[slot]?.[event]}${literal}`, start),
  )
}
