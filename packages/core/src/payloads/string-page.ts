import { charsAtOnce, type InTurns, isEscaped } from './json-scanner.ts'

/** Characters of a string, and how many it has. */
export interface StringPage {
  readonly text: string
  readonly length: number
  readonly nextOffset?: number
}

/** A page of the string whose JSON, with its quotes, is at `start` to `end`. Decodes a part at a time. */
export function* stringPage(
  json: string,
  [start, end]: readonly [number, number],
  { offset, limit }: { readonly offset: number; readonly limit: number },
): InTurns<StringPage> {
  let [length, text] = [0, '']
  // One more than the page, to know whether a character would be split.
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

/** A position in a string, up to `end`, that is not inside an escape sequence, which has at most six characters. */
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
