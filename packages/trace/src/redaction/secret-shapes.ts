import { redactedText } from './secret-names.ts'

/** The form of secrets of one kind. */
interface Shape {
  /** Rare substrings that are quick to find: each such secret contains one. */
  readonly signs: readonly string[]
  readonly isDashed: boolean
  /** Starts with a literal if possible, which is many times faster; the match of its group is kept. */
  readonly pattern: RegExp
  /** Verifies a match. */
  readonly is?: (match: string) => boolean
}

const body = '[\\w-]'
const privateKey = '[A-Z \\d]*PRIVATE KEY(?: BLOCK)?-----'

const isMixed = (match: string) => /\d|[A-Z]|[a-z]{20}/.test(match.slice(3))

const isToken = (match: string) => /[\d_+/]|[a-z][A-Z]|\..*\./.test(match)

function isCredentials(match: string): boolean {
  const decoded = Buffer.from(match, 'base64').toString('latin1')
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(decoded)
}

const shape = (signs: readonly string[], source: string, is?: Shape['is']): Shape => ({
  signs,
  isDashed: signs.every(sign => sign.includes('-')),
  pattern: new RegExp(source, 'g'),
  ...(is && { is }),
})

/** A secret that starts with `prefix`, at the start of a word. */
const word = (prefix: string, rest: string): string => `${prefix}(?<![A-Za-z\\d]${prefix})${rest}`

const shapes: readonly Shape[] = [
  // OpenAI, Anthropic, OpenRouter, DeepSeek, and others with the same format.
  shape(['k-'], word('sk-', `${body}{16,}`), isMixed),
  shape(['xai-'], word('xai-', '[A-Za-z\\d]{20,}')),
  shape(['pplx-'], word('pplx-', '[A-Za-z\\d]{20,}')),
  shape(['KIA'], word('AKIA', '[A-Z\\d]{16}(?![A-Z\\d])')),
  shape(['SIA'], word('ASIA', '[A-Z\\d]{16}(?![A-Z\\d])')),
  shape(['Iza'], word('AIza', `${body}{30,}`)),
  shape(['GOCSPX'], `GOCSPX-${body}{20,}`),
  shape(['29.'], word('ya29\\.', `${body}{20,}`)),
  // JSON web tokens: both readable parts start like this.
  shape(['.ey'], word('eyJ', `${body}{8,}\\.ey${body}*(?:\\.${body}*)?`)),
  shape(['xox'], word('xox', '[a-z]-[A-Za-z\\d-]{10,}')),
  shape(['xapp-'], word('xapp-', '[A-Za-z\\d-]{10,}')),
  shape(['.com/s'], '(hooks\\.slack\\.com/services/)[\\w/]{10,}'),
  shape(['pat-', 'gldt-', 'glrt-', 'glptt-'], word('gl', `(?:p|d|r|pt)a?t-${body}{16,}`)),
  shape(['SG.'], word('SG\\.', `${body}{16,}\\.${body}{16,}`)),
  shape(['PRIVATE KEY'], `-----BEGIN ${privateKey}(?:[^]*?-----END ${privateKey}|[^]*)`),
  // The password of a URL, as in connection strings.
  shape(['://'], '(://[^\\s/?#@:"\'<>]*:)[^\\s/?#"\'<>]+(?=@)'),
  shape(['Beare', 'beare'], '(earer(?<=\\b[Bb]earer) +)[\\w.~+/-]{12,}=*', isToken),
  shape(['Basi', 'basi'], '(asic(?<=\\b[Bb]asic) +)[A-Za-z\\d+/]{4,}={0,2}', isCredentials),
]

const prefixes =
  'gh[pousr]|github_pat|whsec|npm|hf|gsk|r8|ntn|secret|lin_api|dop_v1|shp[a-z]{2}|sbp|glsa|nvapi|fw'

/** Of vendors that use a word and `_` as a prefix. */
const underscored: readonly Shape[] = [
  shape(['_live_', '_test_'], '(?<![A-Za-z\\d])[a-z]{2}_(?:live|test)_\\w{10,}'),
  shape(['_'], `(?<![A-Za-z\\d])(?:${prefixes})_\\w{20,}`, isMixed),
]

// Up to this length, one regular expression is faster than a search for each sign.
const short = 192
const signOfShort =
  /:\/\/|_[A-Za-z\d]{10}|sk-|A(?:KIA|SIA|Iza)|\.ey|gl[a-z]+-|xox|xapp-|xai-|pplx-|SG\.|ya29|GOCS|k\.com\/|[Bb]eare|[Bb]asi|TE KEY/

/** Whether the text may contain something that looks like a secret: a fast check that may return true wrongly. */
export function maybeHasSecretShape(text: string): boolean {
  if (text.length <= short) return signOfShort.test(text)
  if (isData(text)) return false
  // The absence of one character rules out all signs containing it.
  const hasDash = text.includes('-')
  for (const shape of shapes) if ((hasDash || !shape.isDashed) && hasSign(shape, text)) return true
  return hasUnderscored(text)
}

const data = /(?:data:[\w/+.;-]{1,64},)?[A-Za-z\d+/]{192}/y

// For example an image: long ones contain every sign by chance.
function isData(text: string): boolean {
  data.lastIndex = 0
  return data.test(text)
}

function hasSign({ signs }: Shape, text: string): boolean {
  for (const sign of signs) if (text.includes(sign)) return true
  return false
}

const longWord = /_[A-Za-z\d]{10}/y

function hasUnderscored(text: string): boolean {
  for (let at = text.indexOf('_'); at !== -1; at = text.indexOf('_', at + 1)) {
    // Few words are that long, so a character further on rules out most of them.
    if (!isWord(text.charCodeAt(at + 10)) || !isWord(text.charCodeAt(at + 6))) continue
    longWord.lastIndex = at
    if (longWord.test(text)) return true
  }
  return false
}

const isWord = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90)

/** The text without what looks like a secret: a vendor's key, a web token, a private key, a password in a URL. */
export function redactShapes(text: string): string {
  if (text.length > short && isData(text)) return text
  let kept = text
  for (const shape of shapes) if (hasSign(shape, kept)) kept = without(shape, kept)
  if (hasUnderscored(kept))
    for (const shape of underscored) if (hasSign(shape, kept)) kept = without(shape, kept)
  return kept
}

function without({ pattern, is }: Shape, text: string): string {
  return text.replace(pattern, (match: string, before: string | number) => {
    // Without a group, the offset comes next.
    const head = typeof before === 'string' ? before : ''
    return !is || is(match.slice(head.length)) ? head + redactedText : match
  })
}
