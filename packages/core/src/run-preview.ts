import type { SpanRecord } from './records.ts'
import type { RunPreview } from './store.ts'

/** Characters of a payload that a preview is made from. */
export const previewLength = 65_536

const lineLength = 160
const deepest = 8

/**
 * What was asked and answered, from the JSON of an input and an output, of which no more than `previewLength` characters
 * and one are needed.
 */
export function previewOf(input: string | undefined, output: string | undefined): RunPreview | undefined {
  const [asked, answered] = [lineOf(input, askedIn), lineOf(output, answeredIn)]
  if (asked === undefined && answered === undefined) return undefined
  return { ...(asked !== undefined && { asked }), ...(answered !== undefined && { answered }) }
}

/**
 * The preview of a run that belongs to a trace.
 *
 * @param spans of the trace @param runIds of the runs in it
 */
export function previewInTrace(
  runId: string,
  spans: readonly SpanRecord[],
  runIds: Iterable<string | undefined>,
): RunPreview | undefined {
  const hasOthers = [...runIds].some(id => id !== undefined && id !== runId)
  const of = spans.filter(span => (hasOthers ? span.runId === runId : span.parentSpanId === undefined))
  const [first] = of.sort((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))
  return first && previewOf(first.input.json, first.output?.json)
}

/** What looks where for its text. */
interface Places {
  readonly keys: readonly string[]
  /** Whose message it is, in a list of messages. */
  readonly role: string
  /** Whether the items of a list are pieces of one text. */
  readonly isJoined: boolean
}

const askedIn: Places = {
  keys: [
    'messages',
    'question',
    'prompt',
    'query',
    'subject',
    'message',
    'text',
    'content',
    'body',
    'input',
    'title',
  ],
  role: 'user',
  isJoined: false,
}
const answeredIn: Places = {
  keys: [
    'text',
    'answer',
    'reply',
    'output',
    'message',
    'delta',
    'content',
    'choices',
    'messages',
    'result',
    'response',
  ],
  role: 'assistant',
  isJoined: true,
}

function lineOf(json: string | undefined, places: Places): string | undefined {
  if (json === undefined) return undefined
  const text =
    json.length > previewLength ? firstText(json.slice(0, previewLength), places) : textIn(json, places)
  const line = text?.replace(/\s+/g, ' ').trim()
  if (!line) return undefined
  return line.length <= lineLength
    ? line
    : `${line.slice(0, lineLength - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function textIn(json: string, places: Places): string | undefined {
  try {
    return textOf(JSON.parse(json), places, 0)
  } catch {
    // Damaged: what it said is unknown.
    return undefined
  }
}

function textOf(value: unknown, places: Places, depth: number): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object' || value === null || depth > deepest) return undefined
  if (Array.isArray(value)) return textOfList(value, places, depth + 1)
  return textOfFields(value as Readonly<Record<string, unknown>>, places, depth + 1)
}

function textOfList(list: readonly unknown[], places: Places, depth: number): string | undefined {
  const own = list.findLast(item => roleOf(item) === places.role)
  if (own !== undefined) return textOf((own as { content?: unknown }).content, places, depth)
  if (!places.isJoined) return firstOf(list, places, depth)
  let text = ''
  for (const item of list) {
    text += textOf(item, places, depth) ?? (typeof item === 'string' ? item : '')
    if (text.length > lineLength) break
  }
  return text === '' ? undefined : text
}

const roleOf = (item: unknown): unknown =>
  typeof item === 'object' && item !== null && 'content' in item
    ? (item as { role?: unknown }).role
    : undefined

function textOfFields(
  fields: Readonly<Record<string, unknown>>,
  places: Places,
  depth: number,
): string | undefined {
  const named = places.keys.filter(key => Object.hasOwn(fields, key)).map(key => fields[key])
  const found = firstOf(named, places, depth)
  if (found !== undefined) return found
  // A text rather than a number: that may be an id.
  const values = Object.values(fields)
  const texts = values.filter(
    value => typeof value === 'string' || (typeof value === 'object' && value !== null),
  )
  return firstOf(texts, places, depth) ?? firstOf(values, places, depth)
}

function firstOf(values: readonly unknown[], places: Places, depth: number): string | undefined {
  for (const value of values) {
    const text = textOf(value, places, depth)
    if (text !== undefined) return text
  }
  return undefined
}

/** The first text under a known name, or else the first one, in JSON of which only the start is there. */
function firstText(json: string, { keys }: Places): string | undefined {
  const text = '"((?:[^"\\\\]|\\\\.){1,600})'
  const named = new RegExp(`"(?:${keys.join('|')})":${text}`).exec(json)
  const found = (named ?? new RegExp(`(?:^|[[,:])${text}`).exec(json))?.[1]
  if (found === undefined) return undefined
  try {
    return JSON.parse(`"${found.replace(/\\(?:u[\da-f]{0,3})?$/i, '')}"`) as string
  } catch {
    return undefined
  }
}
