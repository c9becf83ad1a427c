import { eachText } from '../payloads/payload-texts.ts'
import { endOfPart } from '../payloads/string-page.ts'
import type { CallValue, FeedbackValue, OutcomeValue, RunEvent } from '../records/records.ts'
import type { SearchPlace } from '../store/traces/search.ts'
import { composed } from './fold-text.ts'

/** At most this many bytes of each text are searched. */
const mostBytes = 16 * 1024

/** At most this many characters of a payload's JSON are read for its texts. */
export const searchedJson = 64 * 1024

export interface SearchedText {
  readonly in: SearchPlace
  readonly text: string
}

/** The texts of a root. At most `searchedJson` + 1 characters of each JSON are needed. */
export function textsOfRoot(root: {
  readonly input: string
  readonly output?: string | undefined
  /** Name and message. */
  readonly error?: string | undefined
}): SearchedText[] {
  return [
    ...textIn('input', textOfJson(root.input)),
    ...(root.output === undefined ? [] : textIn('output', textOfJson(root.output))),
    ...(root.error === undefined ? [] : textIn('error', root.error)),
  ]
}

/** The error or comment of an event. */
export function textsOfEvent({ metric, value }: Pick<RunEvent, 'metric' | 'value'>): SearchedText[] {
  if (metric === 'feedback') return textIn('comment', (value as FeedbackValue).comment ?? '')
  if (metric !== 'outcome' && !metric.startsWith('call:')) return []
  const { error } = value as OutcomeValue | CallValue
  return error ? textIn('error', `${error.name}: ${error.message}`) : []
}

function textIn(place: SearchPlace, text: string): SearchedText[] {
  const kept = start(composed(text))
  return kept.trim() === '' ? [] : [{ in: place, text: kept }]
}

/** The strings and numbers of a payload, one per line. */
function textOfJson(json: string): string {
  const whole = json.length <= searchedJson
  // The quote closes a string that was cut.
  const read = whole ? json : `${json.slice(0, endOfPart(json, searchedJson, json.length))}"`
  const texts: string[] = []
  let length = 0
  const reading = eachText(read, text => {
    texts.push(text)
    length += text.length + 1
    return length <= mostBytes
  })
  while (!reading.next().done);
  return texts.join('\n')
}

/** The first `mostBytes` bytes of a text, without a partial character at the end. */
function start(text: string): string {
  if (text.length * 3 <= mostBytes || Buffer.byteLength(text) <= mostBytes) return text
  const bytes = new Uint8Array(mostBytes)
  const { read } = new TextEncoder().encodeInto(text, bytes)
  return text.slice(0, read)
}
