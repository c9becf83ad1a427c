import { visibleText } from '@runtape/replay/report'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Text of an XML 1.0 element; characters that XML does not allow are named or replaced. */
export const xmlText = (text: string): string =>
  visibleText(text)
    .replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll(/[&<>"]/g, character => entities[character] ?? '')

// XML readers turn both into a space in an attribute.
const attributeText = (text: string): string =>
  xmlText(text).replaceAll(/[\n\t]/g, character => entities[character] ?? '')

/** Attributes without those that are `undefined`. */
export const xmlAttributes = (attributes: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${attributeText(String(value))}"`))
    .join('')
