import type { InTurns } from './in-turns.ts'
import { charsAtOnce, isEscaped } from './json-scanner.ts'

/** A page of a string, and the length of the whole string, in UTF-16 code units. */
export interface StringPage {
  readonly text: string
  readonly length: number
  readonly nextOffset?: number
}

/** A page of the string whose JSON, with its quotes, is from `start` to `end`. Decodes one part at a time. */
export function* stringPage(
  json: string,
  [start, end]: readonly [number, number],
  { offset, limit }: { readonly offset: number; readonly limit: number },
): InTurns<StringPage> {
  let [length, text] = [0, '']
  // One code unit more than the page, to see whether the page would split a surrogate pair.
  for (let at = start + 1; at < end - 1; ) {
    const to = endOfPart(json, at + charsAtOnce, end - 1)
    const part = decoded(json.slice(at, to))
    text += part.slice(Math.max(0, offset - length), Math.max(0, offset + limit + 1 - length))
    length += part.length
    at = to
    yield
  }
  return page(text, length, offset, limit)
}

function page(text: string, length: number, offset: number, limit: number): StringPage {
  let size = Math.min(limit, text.length)
  if (isHighSurrogate(text.charCodeAt(size - 1)) && text.length > size) size += size > 1 ? -1 : 1
  const next = offset + size
  return { text: text.slice(0, size), length, ...(next < length && { nextOffset: next }) }
}

/** `at`, or the start of the escape sequence around it, which has at most six characters; at most `end`. */
export function endOfPart(json: string, at: number, end: number): number {
  if (at >= end) return end
  const escape = json.slice(at - 6, at).lastIndexOf('\\')
  if (escape === -1) return at
  const from = at - 6 + escape
  return isEscaped(json, from) ? at : from
}

export const decoded = (part: string): string =>
  part.includes('\\') ? (JSON.parse(`"${part}"`) as string) : part

const isHighSurrogate = (char: number): boolean => char >= 0xd800 && char <= 0xdbff
