import { type IsSecret, redactedText } from './secret-names.ts'

// Longer texts are documents and code, in which such a pair is as often an example as a secret.
const longest = 16_384

/** Whether a text may contain a named secret: a fast check that may return true wrongly. */
export const maySaySecret = (text: string): boolean =>
  text.length <= longest && (hasNameBefore(text, ':') || hasNameBefore(text, '='))

// Much faster than one regular expression for all: most texts have few of these characters.
function hasNameBefore(text: string, mark: string): boolean {
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
    let end = at
    while (end > at - 5 && isBetween(text.charCodeAt(end - 1))) end--
    if (hasNameAt(text, end)) return true
  }
  return false
}

/** Whether the text up to `end` ends in the name of a secret. */
export const hasNameAt = (text: string, end: number): boolean =>
  isNameEnd(text, end) && nameEnd.test(text.slice(Math.max(0, end - 11), end))

// A space, quotes, and the backslash before a quote of nested text.
const isBetween = (code: number): boolean => code === 32 || code === 34 || code === 39 || code === 92

// The last two characters of the names below, whose cases differ by one bit each.
const lastTwo = new Set(
  ['rd', 'wd', 'se', 'de', 'et', 'ey', 'en', 'tp', 'wt'].map(
    two => (two.charCodeAt(0) << 8) | two.charCodeAt(1),
  ),
)

function isNameEnd(text: string, end: number): boolean {
  const last = text.charCodeAt(end - 1)
  if (last >= 48 && last <= 57) return true
  return lastTwo.has(((text.charCodeAt(end - 2) | 32) << 8) | (last | 32))
}

const nameEnd = /(?:passw(?:or)?d|pwd|passphrase|passcode|secret|key|token|otp|jwt)\d?$/i

const said =
  /(?<![\w$.-])([\w-]{0,48}(?:passw(?:or)?d|pwd|passphrase|passcode|secret|key|token|otp|jwt)\d?)(\\{0,3}["']?\s?(?:=>|[=:])\s?\\{0,3}["'`]?)([^\s"'`,;&<>()[\]{}|\\]{4,})(?![([{])/gi

/**
 * `login failed for password=hunter2`: the value after the name of a secret in a sentence, a log line or code. A word that may be
 * a type, a variable or part of the sentence is kept.
 */
export function redactSaid(text: string, isSecret: IsSecret): string {
  if (!maySaySecret(text)) return text
  // As `replace` calls it, with each group.
  // oxlint-disable-next-line max-params
  return text.replace(said, (pair, name: string, between: string, value: string, at: number) => {
    const isInQuotes = isQuoted(between, text, at + pair.length)
    // Without quotes it is a function.
    if (between.includes('=>') && !isInQuotes) return pair
    const isSpoken = between === '=' && /[\w:.] $/.test(text.slice(Math.max(0, at - 2), at))
    return isSaid(name, value, isSpoken || isInQuotes, isSecret) ? name + between + redactedText : pair
  })
}

/** Whether name and value are quoted, as in JSON and in logged objects. */
const isQuoted = (between: string, text: string, end: number): boolean =>
  /^\\*(["'])\s?(?:=>|:)\s?\\*\1$/.test(between) && /^\\*["']/.test(text.slice(end, end + 4))

/**
 * Whether `value` after the name `name` is a secret.
 *
 * @param isWritten whether they have a form that sentences do not have
 */
export function isSaid(name: string, value: string, isWritten: boolean, isSecret: IsSecret): boolean {
  if (isExample(value) || value.includes(redactedText) || term.test(value)) return false
  const hasDigit = /\d/.test(value)
  if (/^token$/i.test(name))
    return hasDigit && /[a-z]/i.test(value) && value.length >= 12 && !isReadable(value)
  if (!isSecret(name)) return false
  if (hasDigit && !path.test(value)) return value.length >= 6 || /pass|pwd|otp/i.test(name)
  // Without a digit it may be a word, so the form must be one that sentences do not have.
  return isWritten && /pass|pwd|secret/i.test(name) && !words.test(value)
}

/** Whether it is a placeholder of a secret: a variable, a template, a property of a form, an example. */
export const isExample = (value: string): boolean => placeholder.test(value) || isReference(value)

/** Whether it is a word that follows the name of a secret in sentences, schemas and forms. */
export const isWord = (value: string): boolean => words.test(value)

/** Whether it consists of words, versions and dates, like the name of a model: `gpt-4o-2024-08-06`. */
export function isReadable(value: string): boolean {
  const parts = value.replace(/[.!?]$/, '').split(/[-_./:]/)
  return parts.length > 1 && parts.some(part => /^[a-z]{3,}$/i.test(part)) && parts.every(isReadablePart)
}

const isReadablePart = (part: string): boolean =>
  /^(?:[A-Z]?[a-z]+|[A-Z]+|\d{1,4}|\d{8}|\d{1,3}[a-z]{1,2}|[a-z]{1,2}\d{1,2})$/.test(part)

/** Whether it is read from an object with user input: `form.password1`. */
export const isReference = (value: string): boolean =>
  /^[a-z_$][\w$]*(?:\??\.[a-z_$][\w$]*)*\??\.\w*(?:passw(?:or)?d|pwd|passphrase|secret|token|key)\w*$/i.test(
    value,
  )

// The start of a variable, a template, a comparison, a location of the secret, or an example.
const placeholder =
  /^(?:[$%#@:/?={]|\.{1,2}\/|~\/|(?:arn|op|vault|ssm):|projects\/|[*x•.…-]+$|your|my|example)/i
/** What documents say about a secret: its length, kind, file or time; also in scripts without spaces. */
const term = new RegExp(
  `^(?:${[
    '\\d{1,2}[-–]\\d{1,3}',
    '\\d{1,2}-[a-z]{3,}',
    '(?:big)?u?int\\d+(?:clamped)?(?:array)?',
    'float\\d+(?:array)?',
    'base\\d\\d(?:string|url)?',
    'sha-?\\d{1,3}|md[245]|rsa-?\\d{4}|aes-?\\d{3}(?:-\\w{3})?|ed(?:25519|448)|x(?:25519|509)|[hrep]s(?:256|384|512)',
    'rfc-?\\d{3,5}|pkcs-?\\d{1,2}|pbkdf2|argon2\\w{0,2}|b?s?crypt\\d|oauth-?[12](?:\\.\\d)?|utf-?\\d{1,2}',
    '\\d{4}-\\d\\d-\\d\\d(?:T[\\d:.Z+-]*)?',
    '0x[\\da-f]{40}',
    '[\\w/-]+\\.(?:pem|key|crt|p12)',
  ].join('|')})[.!?]?$|^\\d{0,3}[\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af]`,
  'i',
)
const path = /^[A-Za-z_$][\w$]*(?:[.:/-][A-Za-z_$][\w$]*)+$/
const words =
  /^(?:\w*(?:passw(?:or)?d|pwd|secret)\w*|none|null|true|false|undefined|required|missing|empty|invalid|wrong|string|text)[.!?]?$/i
