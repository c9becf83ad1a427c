import { hasNameAt, isExample, isReadable, isWord } from './said-secrets.ts'
import { type IsSecret, redactedText } from './secret-names.ts'

/** Whether the text may contain a command with a secret: a fast check that may return true wrongly. */
export function mayHaveCommand(text: string): boolean {
  if (!text.includes(' -')) return false
  return hasSecretOption(text) || programs.some(program => text.includes(program))
}

function hasSecretOption(text: string): boolean {
  for (let at = text.indexOf(' --'); at !== -1; at = text.indexOf(' --', at + 1)) {
    const end = text.indexOf(' ', at + 3)
    if (end === -1) return false
    if (end - at < longestOption && hasNameAt(text, end)) return true
  }
  return false
}

const longestOption = 64

// Programs that take a secret in an option with a neutral name.
const programs = ['curl ', 'sshpass ', 'mysql', 'redis-cli ', 'docker login ']

const options = [
  /(\bcurl\b[^\n|;&]*?\s(?:-[uU]\s*|--(?:proxy-)?user[\s=]+)"[^":\n]+:)([^"\n]+)/g,
  /(\bcurl\b[^\n|;&]*?\s(?:-[uU]\s*|--(?:proxy-)?user[\s=]+)'[^':\n]+:)([^'\n]+)/g,
  /(\bcurl\b[^\n|;&]*?\s(?:-[uU]\s*|--(?:proxy-)?user[\s=]+)[^\s"':]+:)([^\s"'|;&]+)/g,
  /(\bsshpass\s+-p\s*["']?)([^\s"']+)/g,
  /(\bdocker login\b[^\n|;&]*?\s-p\s+["']?)([^\s"']+)/g,
  /(\bmysql\w*\b[^\n|;&]*?\s-p["']?)([^\s"']{4,})/g,
  /(\bredis-cli\b[^\n|;&]*?\s-a\s+["']?)([^\s"']+)/g,
]

const option = /(?<=\s|^)(--([\w-]{3,60})\s+)(?:(["'])(.*?)\3|([^\s"'`<>()[\]{}|;&]+))(?=([^\S\n]?[^\n]?))/g

/** The text without secrets passed to commands: `deploy --token x`, `curl -u ada:x`. */
export function redactCommands(text: string, isSecret: IsSecret): string {
  if (!mayHaveCommand(text)) return text
  let kept = text
  for (const pattern of options)
    kept = kept.replace(pattern, (whole, before: string, value: string) =>
      isGiven(value) ? before + redactedText : whole,
    )
  return kept.replace(
    option,
    // As `replace` calls it, with each group.
    // oxlint-disable-next-line max-params
    (whole, before: string, name: string, quote = '', inside = '', bare = '', next = '') => {
      const value = inside || bare
      const is = isOption(name, isSecret) && isGiven(value) && (quote !== '' || isArgument(value, next))
      return is ? before + quote + redactedText + quote : whole
    },
  )
}

const isOption = (name: string, isSecret: IsSecret): boolean => name === 'token' || isSecret(name)

const isGiven = (value: string): boolean =>
  value !== '' && !value.startsWith('-') && !isExample(value) && !value.includes(redactedText)

/** Whether it is an argument, and not the next word of a sentence or of a help text. */
function isArgument(value: string, next: string): boolean {
  if (isWord(value) || metavariable.test(value)) return false
  if (/\d/.test(value)) return value.length >= 4 && !isReadable(value)
  return !sentence.test(value) && /^(?:|\s|\s[-|;&\\"'>]|["'`;|&)])$/.test(next)
}

const metavariable = /^[A-Z][A-Z_]*$/
const sentence =
  /[.,:!?]$|^(?:and|or|to|for|from|is|as|in|on|if|with|the|a|an|flag|options?|argument|parameter|value|switch|instead|again|here|too|first|only|file|stdin|path|name|help)$/i
