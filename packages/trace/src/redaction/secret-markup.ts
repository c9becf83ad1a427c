import { hasNameAt, isExample, isSaid, isWord } from './said-secrets.ts'
import { type IsSecret, redactedText } from './secret-names.ts'

// Longer texts are documents and pages.
const longest = 65_536

/** Whether the text contains the end of an element named like a secret: a fast check that may return true wrongly. */
export function mayCloseSecret(text: string): boolean {
  if (text.length > longest) return false
  for (let at = text.indexOf('</'); at !== -1; at = text.indexOf('</', at + 2)) {
    const end = text.indexOf('>', at)
    if (end === -1) return false
    if (end - at < longestName && (hasNameAt(text, end) || named.test(text.slice(at + 2, end)))) return true
  }
  return false
}

const longestName = 64

const tag = /<([A-Za-z][\w.:-]*)((?:[\s/][^<>]*)?)>(?:(<!\[CDATA\[[\s\S]*?\]\]>|[^<]*)(?=<\/))?/g

/**
 * The text without secrets in its markup: contents of elements and attributes with the name of a secret, and values of elements
 * with such a name attribute: `<password>…</password>`, `<input type="password" value="…">`.
 */
export function redactMarkup(text: string, isSecret: IsSecret): string {
  if (text.length > longest || !text.includes('>')) return text
  return text.replace(tag, (whole, element: string, attributes: string, content: string | undefined) => {
    const name = localName(element)
    const isNamed = attributes.includes('=') && isNamedSecret(name, attributes, isSecret)
    const head = attributes.includes('=') ? redactAttributes(attributes, isNamed, isSecret) : attributes
    if (content === undefined) return `<${element}${head}>`
    const inside = isElement(name, content, isNamed, isSecret) ? redactedText : content
    return head === attributes && inside === content ? whole : `<${element}${head}>${inside}`
  })
}

const localName = (name: string): string => name.slice(name.lastIndexOf(':') + 1)

const attribute = /([\w.:-]+)(\s*=\s*)("[^"]*"|'[^']*')/g

function redactAttributes(attributes: string, isNamed: boolean, isSecret: IsSecret): string {
  return attributes.replace(attribute, (whole, name: string, between: string, quoted: string) => {
    const value = quoted.slice(1, -1)
    const local = localName(name)
    const is =
      local === 'value' ? isNamed && isKept(value) : !/\s/.test(value) && isSaid(local, value, true, isSecret)
    return is ? `${name}${between}${quoted[0]}${redactedText}${quoted[0]}` : whole
  })
}

const isKept = (value: string): boolean =>
  value !== '' && !isExample(value) && !isWord(value) && !value.includes(redactedText)

// Elements of settings, with their name in an attribute.
const named = /^(?:\w+:)?(?:property|entry|param|setting|env|variable|field|attribute|arg|data|item|prop)$/i

/** Whether its attributes mark its value as a secret. */
function isNamedSecret(element: string, attributes: string, isSecret: IsSecret): boolean {
  if (/^(?:option|button|label|li|a)$/i.test(element)) return false
  if (/\stype\s*=\s*["']?password\b/i.test(attributes)) return true
  const [, name = ''] = /\s(?:name|key|id)\s*=\s*["']([^"']*)/i.exec(attributes) ?? []
  return name !== '' && isSecret(name)
}

function isElement(name: string, content: string, isNamed: boolean, isSecret: IsSecret): boolean {
  const value = content.replace(/^<!\[CDATA\[([\s\S]*)\]\]>$/, '$1').trim()
  if (value === '' || /\s/.test(value)) return false
  return isSaid(isNamed && named.test(name) ? 'password' : name, value, true, isSecret)
}
