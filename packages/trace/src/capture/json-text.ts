import type { CaptureLimits } from './limits.ts'
import type { Path } from './notes.ts'
import { type IsSecret, redactedText } from './redaction.ts'

export interface RedactedText {
  readonly text: string
  /** Where in it something was redacted; none where it is cut off as a whole. */
  readonly paths: readonly Path[]
}

/** True for a text that may be JSON of an object or a list, by its first character. */
export function mayBeJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return first === 123 || first === 91 || (first <= 32 && /^\s*[{[]/.test(text))
}

/**
 * Redacts inside a text that is JSON, and inside JSON texts in it; `undefined` where there is nothing to redact. A text
 * that only looks like JSON (a part of one, several in a row) is cut off at the first name of a secret.
 */
export function redactJsonText(text: string, isSecret: IsSecret): RedactedText | undefined {
  const secretAt = findSecretName(text, isSecret)
  // An escaped name is read by the parser alone.
  if (secretAt === -1 && !text.includes('\\u')) return undefined
  try {
    const paths: Path[] = []
    const value = redactIn(JSON.parse(text), [], paths, isSecret)
    return paths.length === 0 ? undefined : { text: JSON.stringify(value), paths }
  } catch {
    return secretAt === -1 ? undefined : { text: `${text.slice(0, secretAt)} ${redactedText}`, paths: [] }
  }
}

/** Where the value of the first property with the name of a secret begins, or -1. */
function findSecretName(text: string, isSecret: IsSecret): number {
  const nameEnd = /"\s*:/g
  const known = new Set<string>()
  for (let end = nameEnd.exec(text); end; end = nameEnd.exec(text)) {
    const name = nameBefore(text, end.index)
    if (known.has(name)) continue
    known.add(name)
    if (isSecret(ownText(name))) return nameEnd.lastIndex
  }
  return -1
}

// In JSON within JSON, backslashes stand before the quotes.
function nameBefore(text: string, quote: number): string {
  let end = quote
  while (text.charCodeAt(end - 1) === 92) end--
  return text.slice(text.lastIndexOf('"', end - 1) + 1, end)
}

// A part of a text holds on to the whole of it, as long as somebody remembers it; a property's name does not.
const ownText = (part: string) => Object.keys({ [part]: true })[0] as string

function redactIn(value: unknown, path: Path, paths: Path[], isSecret: IsSecret): unknown {
  if (typeof value === 'string') return redactNested(value, path, paths, isSecret)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value))
    return value.map((item, index) => redactIn(item, [...path, index], paths, isSecret))
  const fields = Object.entries(value).map(([key, inner]) => {
    if (!isSecret(key)) return [key, redactIn(inner, [...path, key], paths, isSecret)]
    paths.push([...path, key])
    return [key, redactedText]
  })
  return Object.fromEntries(fields)
}

function redactNested(text: string, path: Path, paths: Path[], isSecret: IsSecret): string {
  const nested = mayBeJson(text) ? redactJsonText(text, isSecret) : undefined
  if (!nested) return text
  for (const inner of nested.paths.length === 0 ? [[]] : nested.paths) paths.push([...path, ...inner])
  return nested.text
}

/**
 * Whether parsed JSON can be kept as its text: nothing to redact in it by name, nothing too deep, nothing too long. For
 * providers, whose requests and answers are JSON before they are captured.
 */
export function isPlainJson(value: unknown, limits: CaptureLimits, depth = 0): boolean {
  // A text that may be JSON, as a tool's arguments are, may hold secrets too.
  if (typeof value === 'string') return !mayBeJson(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth >= limits.maxDepth) return false
  if (Array.isArray(value)) return isPlainList(value, limits, depth + 1)
  let index = 0
  for (const key in value) {
    if (limits.isSecret(key, depth, index++)) return false
    const inner = (value as Record<string, unknown>)[key]
    // Most need no call of their own.
    if (typeof inner === 'string' ? mayBeJson(inner) : !isPlainJson(inner, limits, depth + 1)) return false
  }
  return true
}

function isPlainList(list: readonly unknown[], limits: CaptureLimits, depth: number): boolean {
  if (list.length > limits.maxLength) return false
  for (const item of list) if (!isPlainJson(item, limits, depth)) return false
  return true
}
