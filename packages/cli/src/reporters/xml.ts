import { visibleText } from '@runtape/replay/report'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Text of an element in XML 1.0; what that has no place for is named or replaced. */
export const xmlText = (text: string): string =>
  visibleText(text)
    .replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll(/[&<>"]/g, character => entities[character] ?? '')

// A reader of XML makes a space of either that stands in an attribute.
const attributeText = (text: string): string =>
  xmlText(text).replaceAll(/[\n\t]/g, character => entities[character] ?? '')

/** Attributes, those that are `undefined` left out. */
export const xmlAttributes = (attributes: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${attributeText(String(value))}"`))
    .join('')
