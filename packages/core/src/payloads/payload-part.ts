import type { Payload } from '../records/records.ts'
import type { JsonKind, PayloadPart, PayloadQuery, ValueFacts } from '../store/traces/trace-parts.ts'
import { findPath } from './find-path.ts'
import type { InTurns } from './in-turns.ts'
import { eachChild, endOfValue, isContainer, isString, type JsonChild } from './json-scanner.ts'
import { PayloadMarks } from './payload-marks.ts'
import { stringPage } from './string-page.ts'

/** A value is shown with its parent if its JSON has at most this many characters. */
const shortLength = 200

const defaultChildren = 100
const defaultCharacters = 10_000

/** The part of a payload at a path; `undefined` if the payload has no such path. */
export function* payloadPart(payload: Payload, query: PayloadQuery): InTurns<PayloadPart | undefined> {
  const { json } = payload
  const place = yield* findPath(json, query.path ?? [])
  if (place === undefined) return undefined
  const end = yield* endOfValue(json, place.start)
  const marks = new PayloadMarks(payload, place.steps)
  const facts = factsOf(json, { start: place.start, end }, place.steps, marks)
  const { truncated } = payload
  const more = yield* contentOf(json, facts, { ...query, start: place.start, end }, marks)
  return { ...facts, ...more, ...(truncated !== undefined && { truncated }) }
}

interface Page extends Pick<PayloadQuery, 'offset' | 'limit'> {
  readonly start: number
  readonly end: number
}

function* contentOf(
  json: string,
  { path }: ValueFacts,
  { start, end, offset = 0, limit }: Page,
  marks: PayloadMarks,
): InTurns<Partial<PayloadPart>> {
  if (isString(json, start))
    return yield* stringPage(json, [start, end], { offset, limit: limit ?? defaultCharacters })
  if (!isContainer(json, start)) return {}
  const last = offset + (limit ?? defaultChildren)
  let length = 0
  const wanted: JsonChild[] = []
  yield* eachChild(json, start, (child, index) => {
    if (index >= offset && index < last) wanted.push(child)
    length++
    return true
  })
  const children: ValueFacts[] = []
  for (const child of wanted) {
    children.push(factsOf(json, child, [...path, child.key], marks))
    yield
  }
  return { length, children, ...(last < length && { nextOffset: last }) }
}

function factsOf(
  json: string,
  { start, end }: Pick<JsonChild, 'start' | 'end'>,
  path: readonly (string | number)[],
  marks: PayloadMarks,
): ValueFacts {
  const kind = kindOf(json, start)
  const isShort = end - start <= shortLength && kind !== 'object' && kind !== 'array'
  const own = json.slice(start, end)
  return {
    path,
    kind,
    bytes: Buffer.byteLength(own),
    ...(isShort && { value: JSON.parse(own) as string | number | boolean | null }),
    ...marks.of(path),
  }
}

const kinds: Readonly<Record<string, JsonKind>> = {
  '{': 'object',
  '[': 'array',
  '"': 'string',
  t: 'boolean',
  f: 'boolean',
  n: 'null',
}

const kindOf = (json: string, at: number): JsonKind => kinds[json[at] ?? ''] ?? 'number'
