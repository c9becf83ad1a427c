import { visibleText } from '../visible-text.ts'

/** Markup that is inserted unescaped. Everything else is text and is escaped. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

type Part = Html | string | number | false | null | undefined | readonly Part[]

/**
 * Markup from a template. Inserted values are text and visible, whatever they contain: they cannot end an element, an attribute
 * or a comment, as long as attributes in templates use double quotes.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(markupOf)))
}

function markupOf(part: Part): string {
  if (part instanceof Html) return part.markup
  if (Array.isArray(part)) return part.map(markupOf).join('')
  return part === false || part === null || part === undefined ? '' : escapeText(String(part))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

const escapeText = (text: string): string =>
  visibleText(text).replaceAll(/[&<>"'`]/g, character => entities[character] ?? '')
