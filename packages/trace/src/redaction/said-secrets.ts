import { type IsSecret, redactedText } from './secret-names.ts'

// Longer texts are documents and code, in which such a pair is an example as often as a secret.
const longest = 16_384

/** Whether a sentence may say a secret by its name: quick, and wrong on the safe side. */
export const maySaySecret = (text: string): boolean =>
  text.length <= longest && (hasNameBefore(text, ':') || hasNameBefore(text, '='))

// Faster by far than one regular expression for all: most texts have few of these characters.
function hasNameBefore(text: string, mark: string): boolean {
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
    let end = at
    while (end > at - 2 && isBetween(text.charCodeAt(end - 1))) end--
    if (isNameEnd(text, end) && nameEnd.test(text.slice(Math.max(0, end - 11), end))) return true
  }
  return false
}

const isBetween = (code: number): boolean => code === 32 || code === 34 || code === 39

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
  /(?<![\w$.-])([\w-]{0,48}(?:passw(?:or)?d|pwd|passphrase|passcode|secret|key|token|otp|jwt)\d?)(["']?\s?[=:]\s?["'`]?)([^\s"'`,;&<>()[\]{}|\\]{4,})(?![([{])/gi

/**
 * `login failed for password=hunter2`: what a sentence, a log line or a piece of code says after the name of a secret. A word
 * that may as well be a type, a variable or part of the sentence is kept.
 */
export function redactSaid(text: string, isSecret: IsSecret): string {
  if (!maySaySecret(text)) return text
  return text.replace(said, (pair, name: string, between: string, value: string, at: number) => {
    const isSpoken = between === '=' && /[\w:.] $/.test(text.slice(Math.max(0, at - 2), at))
    return isSaid(name, value, isSpoken, isSecret) ? name + between + redactedText : pair
  })
}

function isSaid(name: string, value: string, isSpoken: boolean, isSecret: IsSecret): boolean {
  if (placeholder.test(value) || value.includes(redactedText)) return false
  const hasDigit = /\d/.test(value)
  if (/^token$/i.test(name)) return hasDigit && /[a-z]/i.test(value) && value.length >= 12
  if (!isSecret(name)) return false
  if (hasDigit && !path.test(value)) return value.length >= 6 || /pass|pwd|otp/i.test(name)
  // Without a digit it may be a word of the sentence, so it must be written as no sentence is.
  return isSpoken && /pass|pwd|secret/i.test(name) && !words.test(value)
}

const placeholder = /^(?:[$%#@:/]|[*x•.…-]+$|your|my|example)/i
const path = /^[A-Za-z_$][\w$]*(?:[.:/-][A-Za-z_$][\w$]*)+$/
const words =
  /^(?:\w*(?:passw(?:or)?d|pwd|secret)\w*|none|null|true|false|undefined|required|missing|empty|invalid|wrong|string|text)[.!?]?$/i
