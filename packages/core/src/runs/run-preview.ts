import type { SpanRecord } from '../records/records.ts'
import type { RunPreview } from '../store/runs/runs.ts'

/** Payloads up to this many characters are parsed completely. */
export const previewLength = 65_536

/** For a larger payload, only this much is read. */
const startLength = 16_000

const lineLength = 160
const deepest = 8

/** Question and answer, from the JSON of an input and an output. At most `previewLength` + 1 characters of each are needed. */
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

/** Where each side looks for its text. */
interface Places {
  readonly keys: readonly string[]
  /** The role whose message is searched in a list of messages. */
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
  const text = json.length > previewLength ? firstText(json, places) : textIn(json, places)
  const line = text?.replace(/\s+/g, ' ').trim()
  if (!line) return undefined
  return line.length <= lineLength
    ? line
    : `${line.slice(0, lineLength - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function textIn(json: string, places: Places): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // Damaged or truncated JSON.
    return firstText(json, places)
  }
  return textOf(value, places, 0)
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
  // A string rather than a number: a number may be an id.
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

const text = '"((?:[^"\\\\]|\\\\.){1,600})'

/** From truncated JSON: the first message or text under a known name, otherwise the first text. */
function firstText(json: string, { keys, role }: Places): string | undefined {
  const start = json.slice(0, startLength)
  const patterns = [
    `"role":"${role}","content":(?:\\[\\{"type":"(?:input_|output_)?text","text":)?${text}`,
    `"(?:${keys.join('|')})":${text}`,
    `(?:^|[[,:])${text}`,
  ]
  for (const pattern of patterns) {
    const [, found] = new RegExp(pattern).exec(start) ?? []
    if (found !== undefined) return unescaped(found)
  }
  return undefined
}

/** The text of a JSON string body that may be cut anywhere. */
function unescaped(inside: string): string | undefined {
  try {
    return JSON.parse(`"${inside.replace(/\\u[\da-f]{0,3}$/i, '')}"`) as string
  } catch {
    return undefined
  }
}
