import { type IsSecret, mayBeSecret, redactedText, type SecretRules } from '../redaction/secret-names.ts'
import { isNamedSecret, isSecretItem, isValueName } from '../redaction/secret-pairs.ts'
import { mayHoldSecret, redactText } from '../redaction/secret-texts.ts'
import type { CaptureLimits } from './limits.ts'
import type { Path } from './notes.ts'

export interface RedactedText {
  readonly text: string
  /** Paths of redacted values; empty if it is cut off as a whole. */
  readonly paths: readonly Path[]
}

/** True for a text that may be JSON of an object or a list, by its first character. */
export function mayBeJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return first === 123 || first === 91 || (first <= 32 && /^\s*[{[]/.test(text))
}

/** The text without secrets; `undefined` if there is nothing to redact. */
export function redactSecrets(text: string, rules: SecretRules): RedactedText | undefined {
  if (mayBeJson(text)) return redactJsonText(text, rules)
  return mayHoldSecret(text) ? redactPlainText(text, rules) : undefined
}

function redactPlainText(text: string, rules: SecretRules): RedactedText | undefined {
  const kept = redactText(text, rules)
  return kept === text ? undefined : { text: kept, paths: [] }
}

/**
 * Redacts inside a JSON text, and inside JSON texts in it. A text that only looks like JSON (a fragment, several in a row) is cut
 * off at the first name of a secret.
 */
function redactJsonText(text: string, rules: SecretRules): RedactedText | undefined {
  const { valueAt, isNamed } = findSecretName(text, rules.isSecret)
  // Only the parser reads escaped names.
  if (valueAt === -1 && !isNamed && !text.includes('\\u') && !mayHoldSecret(text)) return undefined
  try {
    const paths: Path[] = []
    const value = redactIn(JSON.parse(text), [], paths, rules)
    if (paths.length > 0) return { text: JSON.stringify(value), paths }
    return valueAt === -1 ? undefined : withoutRepeated(text, value)
  } catch {
    if (valueAt === -1) return redactPlainText(text, rules)
    return { text: `${redactText(text.slice(0, valueAt), rules)} ${redactedText}`, paths: [] }
  }
}

// The parser keeps only one of duplicate properties.
function withoutRepeated(text: string, value: unknown): RedactedText | undefined {
  const kept = JSON.stringify(value)
  return sizeOf(kept) < sizeOf(text) ? { text: kept, paths: [] } : undefined
}

const sizeOf = (text: string): number => text.replace(/\s/g, '').length

const noSecret = /\s*(?:null|true|false|""|\{\s*(?:\}|"(?:type|\$ref|description|anyOf|oneOf)"))/y

interface FoundName {
  /** Start of the value of the first property with the name of a secret, or -1. */
  readonly valueAt: number
  /** Whether a string is the name of a secret, so the value next to it may be one. */
  readonly isNamed: boolean
}

function findSecretName(text: string, isSecret: IsSecret): FoundName {
  const nameEnd = /"\s*[:,\]}]/g
  const known = new Set<string>()
  let isNamed = false
  for (let end = nameEnd.exec(text); end; end = nameEnd.exec(text)) {
    const name = nameBefore(text, end.index)
    if (name.length > longestName || known.has(name)) continue
    if (!isSecret(ownText(name))) {
      known.add(name)
      // They are secrets only in combination with another field.
      if (name === 'pass' || name === 'auth' || name === '-u' || name === '--user') isNamed = true
    } else if (text[nameEnd.lastIndex - 1] !== ':') isNamed = true
    else {
      noSecret.lastIndex = nameEnd.lastIndex
      if (!noSecret.test(text)) return { valueAt: nameEnd.lastIndex, isNamed }
    }
  }
  return { valueAt: -1, isNamed }
}

const longestName = 64

// In nested JSON, backslashes precede the quotes.
function nameBefore(text: string, quote: number): string {
  let end = quote
  while (text.charCodeAt(end - 1) === 92) end--
  return text.slice(text.lastIndexOf('"', end - 1) + 1, end)
}

// A substring keeps the whole text alive while it is cached; a property name does not.
const ownText = (part: string) => Object.keys({ [part]: true })[0] as string

function redactIn(value: unknown, path: Path, paths: Path[], rules: SecretRules): unknown {
  if (typeof value === 'string') return redactNested(value, path, paths, rules)
  if (typeof value !== 'object' || value === null) return value
  const redact = (key: string | number, inner: unknown, is: boolean) => {
    if (!is) return redactIn(inner, [...path, key], paths, rules)
    paths.push([...path, key])
    return redactedText
  }
  if (Array.isArray(value)) {
    const name = path.at(-1) ?? ''
    return value.map((item, index) => redact(index, item, isSecretOf(value, name, index, rules)))
  }
  const fields = Object.entries(value).map(([key, inner]) => [
    key,
    redact(key, inner, isSecretIn(value, key, rules)),
  ])
  return Object.fromEntries(fields)
}

const isSecretOf = (
  list: readonly unknown[],
  name: string | number,
  index: number,
  { isSecret }: SecretRules,
) => isSecretItem({ item: list[index], length: list.length, name }, index, list[index - 1], isSecret)

const isSecretIn = (owner: object, key: string, { isSecret }: SecretRules): boolean =>
  (isSecret(key) || (isValueName(key) && isNamedSecret(owner, key, isSecret))) &&
  mayBeSecret((owner as Record<string, unknown>)[key])

function redactNested(text: string, path: Path, paths: Path[], rules: SecretRules): string {
  const nested = redactSecrets(text, rules)
  if (!nested) return text
  for (const inner of nested.paths.length === 0 ? [[]] : nested.paths) paths.push([...path, ...inner])
  return nested.text
}

/**
 * Whether parsed JSON can be kept as its text: nothing to redact, and within the limits of depth and length. For providers, whose
 * requests and answers are already JSON.
 */
export function isPlainJson(value: unknown, limits: CaptureLimits, depth = 0): boolean {
  if (typeof value === 'string') return isPlainText(value, limits)
  if (typeof value !== 'object' || value === null) return true
  if (depth >= limits.maxDepth) return false
  if (Array.isArray(value)) return isPlainList(value, limits, depth + 1)
  let index = 0
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key]
    if ((limits.isSecret(key, depth, index++) || isValueName(key)) && isSecretIn(value, key, limits))
      return false
    if (!isPlainJson(inner, limits, depth + 1)) return false
  }
  return true
}

// Text that may be JSON, such as a tool's arguments, may also contain secrets.
const isPlainText = (text: string, limits: CaptureLimits): boolean =>
  !mayBeJson(text) && (!mayHoldSecret(text) || redactText(text, limits) === text)

function isPlainList(list: readonly unknown[], limits: CaptureLimits, depth: number): boolean {
  if (list.length > limits.maxLength) return false
  let index = 0
  for (const item of list)
    if (isSecretOf(list, '', index++, limits) || !isPlainJson(item, limits, depth)) return false
  return true
}
