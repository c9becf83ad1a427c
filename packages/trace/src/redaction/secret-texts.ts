import { isReference, maySaySecret, redactSaid } from './said-secrets.ts'
import { mayHaveCommand, redactCommands } from './secret-commands.ts'
import { mayCloseSecret, redactMarkup } from './secret-markup.ts'
import { type IsSecret, mayBeSecret, redactedText, type SecretRules } from './secret-names.ts'
import { maybeHasSecretShape, redactShapes } from './secret-shapes.ts'

/** Shorter texts contain no secret. */
const shortest = 10
// Longer texts may be too large to keep, and inspecting a text of many pieces would join it.
const longest = 1_000_000

/** Whether the text must be searched for secrets: a fast check that may return true wrongly. */
export function mayHoldSecret(text: string): boolean {
  const { length } = text
  if (length < shortest || length > longest) return length > longest
  if (maybeHasSecretShape(text) || text.includes('=') || mayHaveHeaders(text)) return true
  return maySaySecret(text) || mayHaveCommand(text) || mayCloseSecret(text)
}

/** The text without values that look like a secret or have the name of one: in a query, a form, a header, a setting. */
export function redactText(text: string, { isSecret, redactsValues }: SecretRules): string {
  const kept = redactsValues ? redactShapes(text) : text
  const settled = kept.includes('=') ? redactPairs(kept, isSecret) : kept
  const parted = settled.includes('form-data;') ? redactParts(settled, isSecret) : settled
  const said = redactSaid(parted, isSecret)
  const marked = said.includes('<') ? redactMarkup(said, isSecret) : said
  const run = redactCommands(marked, isSecret)
  return mayHaveHeaders(run) ? redactHeaders(run, isSecret) : run
}

const formPart =
  /(content-disposition:[ \t]*form-data;[^\r\n]*?\bname="([^"\r\n]*)"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)(.*?)(?=\r\n--)/gis

/** The parts of a form as a browser sends it: a part's name is in its header. */
function redactParts(text: string, isSecret: IsSecret): string {
  return text.replace(formPart, (part, head: string, name: string, value: string) =>
    isSecret(name) && value !== '' ? head + redactedText : part,
  )
}

const mayHaveHeaders = (text: string): boolean =>
  text.includes('\r\n') ||
  text.includes('kie:') ||
  // Short ones are found by their first character, which is rare.
  (text.includes('zation') && text.includes('uthorization:'))

const headerLine = /(?<=^|["'])([A-Za-z][\w-]*)(:[ \t]*)([^\r\n"']+)/gm
const credentialHeader = /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i
const credentials = /^(?:[\w-]+ )?\S{8,}$|=/

function redactHeaders(text: string, isSecret: IsSecret): string {
  // Lines of a protocol end like this; elsewhere any sentence may start with a name and a colon.
  const isBlock = text.includes('\r\n')
  return text.replace(headerLine, (line, name: string, colon: string, value: string) => {
    const is = isBlock ? isSecret(name) : credentialHeader.test(name) && credentials.test(value)
    return is && !value.includes(redactedText) ? `${name}${colon}${redactedText}` : line
  })
}

/** `name=value` as in queries and forms, environments, connection strings, and command options. */
function redactPairs(text: string, isSecret: IsSecret): string {
  let kept = ''
  let from = 0
  for (let at = text.indexOf('='); at !== -1; at = text.indexOf('=', at + 1)) {
    const end = at < from ? -1 : endOfSecret(text, at, isSecret)
    if (end === -1) continue
    kept += text.slice(from, at + 1) + redactedText
    from = end
  }
  return from === 0 ? text : kept + text.slice(from)
}

/** The end of the value after the `=` at `equals`, if its name is that of a secret, otherwise -1. */
function endOfSecret(text: string, equals: number, isSecret: IsSecret): number {
  const start = startOfName(text, equals)
  const name = text.slice(start, equals).trimEnd()
  if (name === '') return -1
  const before = start === 0 ? '' : (text[start - 1] as string)
  const stop = valueStop(text, name, before)
  if (!stop || !(isSecret(name) || ((before === '?' || before === '&') && queryName.test(name)))) return -1
  stop.lastIndex = equals + 1
  const end = stop.exec(text)?.index ?? text.length
  const value = text.slice(equals + 1, end)
  return !mayBeSecret(value) || isReference(value) || value.includes(redactedText) ? -1 : end
}

const queryName = /^(?:token|auth|sig|(?:.*[-_])?signature)$/i
const settingName = /^[A-Z][A-Z\d_]*$/
const wordEnd = /[\s"']/g
const lineEnd = /[\r\n]/g
const queryEnd = /[&\s"'<>#]/g
const partEnd = /[;\r\n"]/g

/** What ends the value of this name, or nothing if `=` means something else. */
function valueStop(text: string, name: string, before: string): RegExp | undefined {
  if (before === '?' || before === '&') return queryEnd
  if (name.startsWith('--')) return wordEnd
  const isFirst = before === '' || before === '\n'
  if ((isFirst || before === ' ' || before === '"') && settingName.test(name))
    return isFirst ? lineEnd : wordEnd
  if (text.includes(';') && /^(?:|[;\n"])$/.test(before)) return partEnd
  return before === '' && !/\s/.test(text) ? queryEnd : undefined
}

const longestName = 64

function startOfName(text: string, equals: number): number {
  let start = equals
  const least = Math.max(0, equals - longestName)
  while (start > least && isOfName(text.charCodeAt(start - 1))) start--
  return start
}

const isOfName = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 91) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 45 ||
  code === 46 ||
  code === 93 ||
  code === 37
