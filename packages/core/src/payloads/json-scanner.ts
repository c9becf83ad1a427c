import type { InTurns } from './in-turns.ts'

/** Characters read between two yields: about a millisecond. */
export const charsAtOnce = 256 * 1024

const code = { quote: 34, comma: 44, backslash: 92, openList: 91, closeList: 93, open: 123, close: 125 }

/** A child of an object or array, with the offsets of its JSON. */
export interface JsonChild {
  readonly key: string | number
  readonly start: number
  readonly end: number
}

/** The first position at or after `at` that is not whitespace. */
export function skipSpace(json: string, at: number): number {
  let to = at
  while (isSpace(json.charCodeAt(to))) to++
  return to
}

const isSpace = (char: number): boolean => char === 32 || char === 10 || char === 13 || char === 9

export const isList = (json: string, at: number): boolean => json.charCodeAt(at) === code.openList
export const isContainer = (json: string, at: number): boolean =>
  isList(json, at) || json.charCodeAt(at) === code.open
export const isString = (json: string, at: number): boolean => json.charCodeAt(at) === code.quote

/** Offset after the string that starts at `at`. */
export function endOfString(json: string, at: number): number {
  for (let quote = json.indexOf('"', at + 1); quote !== -1; quote = json.indexOf('"', quote + 1))
    if (!isEscaped(json, quote)) return quote + 1
  return json.length
}

/** Whether an odd number of backslashes precedes a position. */
export function isEscaped(json: string, at: number): boolean {
  let from = at
  while (json.charCodeAt(from - 1) === code.backslash) from--
  return (at - from) % 2 === 1
}

/** Offset after the value that starts at `at`. Skips the value without parsing it. */
export function* endOfValue(json: string, at: number): InTurns<number> {
  if (isString(json, at)) return endOfString(json, at)
  if (!isContainer(json, at)) return endOfScalar(json, at)
  let pause = at + charsAtOnce
  for (let [to, depth] = [at, 0]; to < json.length; to++) {
    const char = json.charCodeAt(to)
    if (char === code.quote) to = endOfString(json, to) - 1
    else if (char === code.open || char === code.openList) depth++
    else if ((char === code.close || char === code.closeList) && --depth === 0) return to + 1
    if (to < pause) continue
    pause = to + charsAtOnce
    yield
  }
  return json.length
}

const scalar = /[^,\]}\s]*/y

function endOfScalar(json: string, at: number): number {
  scalar.lastIndex = at
  scalar.test(json)
  return scalar.lastIndex
}

/** Calls `visit` for each child of the container at `at`, in order, until it returns false. */
export function* eachChild(
  json: string,
  at: number,
  visit: (child: JsonChild, index: number) => boolean | undefined,
): InTurns<void> {
  const isArray = isList(json, at)
  let pause = at + charsAtOnce
  let to = skipSpace(json, at + 1)
  for (let index = 0; to < json.length && !isEnd(json.charCodeAt(to)); index++) {
    let key: string | number = index
    if (!isArray) {
      const end = endOfString(json, to)
      key = JSON.parse(json.slice(to, end)) as string
      to = skipSpace(json, skipSpace(json, end) + 1)
    }
    const end = yield* endOfValue(json, to)
    if (visit({ key, start: to, end }, index) === false) return
    to = skipSpace(json, end)
    if (json.charCodeAt(to) === code.comma) to = skipSpace(json, to + 1)
    if (to < pause) continue
    pause = to + charsAtOnce
    yield
  }
}

const isEnd = (char: number): boolean => char === code.close || char === code.closeList
