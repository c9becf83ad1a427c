import { RuntapeError } from '@runtape/core'

// Any text can be an id or a part of a query, also an empty one and one that is no valid Unicode. In a URL it is percent-encoded;
// a text for which that is not enough is `~` and the base64url form of its JSON. In a query, a value that is no text is JSON,
// and a text that could be mistaken for JSON is written as JSON, too.

/** A text for one segment of a path. */
export function pathSegment(text: string): string {
  const isPlain = text !== '' && !/^~|^\.{1,2}$/.test(text) && text.isWellFormed()
  return isPlain ? encodeURIComponent(text) : `~${toBase64Url(JSON.stringify(text))}`
}

/**
 * The text of a segment, already percent-decoded.
 *
 * @throws {RuntapeError} `invalid-option`
 */
export function textOfSegment(segment: string): string {
  if (!segment.startsWith('~')) return segment
  const text = parsed(fromBase64Url(segment.slice(1)))
  if (typeof text === 'string') return text
  throw unreadable(`the path segment "${segment.slice(0, 100)}"`)
}

/** The parameters of a URL for an object. Fields that are `undefined` are left out. */
export function queryText(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(parameterOf(value))}`)
    .join('&')
}

function parameterOf(value: unknown): string {
  if (value instanceof Date) return parameterOf(value.toISOString())
  if (typeof value !== 'string') return JSON.stringify(value)
  return looksLikeJson(value) || !value.isWellFormed() ? JSON.stringify(value) : value
}

/** The object of the parameters of a URL. */
export const fieldsOf = (parameters: URLSearchParams): Record<string, unknown> =>
  Object.fromEntries([...parameters].map(([name, text]) => [name, valueOf(text)]))

function valueOf(text: string): unknown {
  if (!looksLikeJson(text)) return text
  const value = parsed(text)
  // Such as a filter that begins with a quoted text.
  return value === undefined ? text : value
}

const looksLikeJson = (text: string): boolean =>
  /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|["[{].*)$/s.test(text)

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const unreadable = (what: string): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `${what} cannot be read. Percent-encode the text, or write "~" and the base64url form of its JSON.`,
  )

function toBase64Url(text: string): string {
  const bytes = new TextEncoder().encode(text)
  const binary = Array.from(bytes, byte => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64Url(text: string): string {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return new TextDecoder().decode(Uint8Array.from(binary, char => char.charCodeAt(0)))
  } catch {
    return ''
  }
}
