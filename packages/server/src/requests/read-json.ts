import { HttpError } from '../http-error.ts'

/**
 * A value of JSON.
 *
 * @throws {HttpError} 400 if it cannot be read, or has more levels
 */
export function readJson(text: string, mostLevels: number, what = 'The body'): unknown {
  requireShallow(text, mostLevels, what)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new HttpError(400, 'invalid-option', `${what} is no valid JSON: ${(error as Error).message}.`)
  }
}

/** @throws {HttpError} 400 for JSON with more levels */
export function requireShallow(text: string, mostLevels: number, what: string): void {
  if (isDeeper(text, mostLevels))
    throw new HttpError(
      400,
      'invalid-option',
      `${what} has more than ${mostLevels} nested levels. Flatten it.`,
    )
}

/** Whether this JSON has more than so many nested levels. */
export const isDeeper = (text: string, mostLevels: number): boolean => levelsOf(text, mostLevels) > mostLevels

const [quote, backslash] = [0x22, 0x5c]
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b])
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d])

/** The deepest level of arrays and objects; counts no further than one above `most`. */
function levelsOf(json: string, most: number): number {
  let [level, deepest] = [0, 0]
  for (let at = 0; at < json.length && deepest <= most; at++) {
    const code = json.charCodeAt(at)
    if (code === quote) at = endOfText(json, at)
    else if (opening.has(code)) deepest = Math.max(deepest, ++level)
    else if (closing.has(code)) level--
  }
  return deepest
}

/** The place of the quote that ends a text. */
function endOfText(json: string, start: number): number {
  let end = json.indexOf('"', start + 1)
  while (end !== -1) {
    let first = end
    while (json.charCodeAt(first - 1) === backslash) first--
    if ((end - first) % 2 === 0) return end
    end = json.indexOf('"', end + 1)
  }
  return json.length
}
