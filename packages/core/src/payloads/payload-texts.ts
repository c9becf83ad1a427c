import type { InTurns } from './in-turns.ts'
import { charsAtOnce, endOfString, skipSpace } from './json-scanner.ts'
import { decoded, endOfPart } from './string-page.ts'

/** A container that is being read. */
interface Open {
  readonly isList: boolean
  key: string | number
}

/** Consecutive parts of a long string overlap by this many characters of JSON. */
const partOverlap = 12_000

/** A text of up to this many characters lies whole in one part of a string, even if every character is escaped. */
export const longestTerm = 1000

/**
 * Calls `visit` for each string and number in JSON, in order, until it returns false. Field names are not visited. A long
 * string is visited in overlapping parts.
 *
 * @param visit `path` returns the steps to the value
 */
export function* eachText(
  json: string,
  visit: (text: string, path: () => (string | number)[]) => boolean | undefined,
): InTurns<void> {
  const open: Open[] = []
  const path = () => open.map(({ key }) => key)
  let pause = charsAtOnce
  for (let at = skipSpace(json, 0); at < json.length; at = skipSpace(json, at)) {
    const char = json[at] as string
    if (char === '"') {
      const end = endOfString(json, at)
      const start = at + 1
      at = skipSpace(json, end)
      if (json[at] === ':') setKey(open, decoded(json.slice(start, end - 1)))
      else if (yield* visitString(json, [start, end - 1], text => visit(text, path))) return
    } else if (char === '{' || char === '[') {
      open.push({ isList: char === '[', key: char === '[' ? 0 : '' })
      at++
    } else if (char === '}' || char === ']') {
      open.pop()
      at++
    } else if (char === ',') {
      nextItem(open)
      at++
    } else if (char === ':') at++
    else {
      const scalar = scalarAt(json, at)
      if (isNumber(scalar) && visit(scalar, path) === false) return
      at += scalar.length
    }
    if (at < pause) continue
    pause = at + charsAtOnce
    yield
  }
}

/** Returns whether `visit` has returned false. */
function* visitString(
  json: string,
  [start, end]: readonly [number, number],
  visit: (text: string) => boolean | undefined,
): InTurns<boolean> {
  for (let from = start; ; yield) {
    const to = endOfPart(json, from + charsAtOnce, end)
    if (visit(decoded(json.slice(from, to))) === false) return true
    if (to >= end) return false
    from = endOfPart(json, to - partOverlap, end)
  }
}

function setKey(open: readonly Open[], key: string): void {
  const inner = open.at(-1)
  if (inner) inner.key = key
}

function nextItem(open: readonly Open[]): void {
  const inner = open.at(-1)
  if (inner?.isList) inner.key = (inner.key as number) + 1
}

const scalar = /[^,\]}\s:]+/y

function scalarAt(json: string, at: number): string {
  scalar.lastIndex = at
  // Advances by at least one character, so that the loop ends for damaged JSON, too.
  return scalar.exec(json)?.[0] ?? (json[at] as string)
}

const isNumber = (text: string): boolean => /^-?\d/.test(text)
