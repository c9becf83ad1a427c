import type { AIConfigInit } from '@runtape/core'
import Mustache from 'mustache'
import { OwnNames } from './names.ts'
import { valueText } from './value-text.ts'

const tags: [string, string] = ['{{', '}}']
const asIs = { tags, escape: (value: string) => value }
const maxTemplates = 1000

type Warn = (problem: string) => void

/** `[kind, name, start, end]` of a tag in its template. */
type Tag = readonly [kind: string, name: string, start: number, end: number]

/** Renders prompts: never calls values, and keeps text that only looks like a tag. */
class PromptWriter extends Mustache.Writer {
  readonly #seen = new Set<string>()
  #template = ''
  #warn: Warn = () => {}

  fill(template: string, variables: object, warn: Warn): string {
    this.#boundCache(template)
    this.#template = template
    this.#warn = warn
    return this.render(template, new OwnNames(variables), undefined, asIs)
  }

  override escapedValue(tag: string[], names: Mustache.Context): string {
    return this.#valueOf(tag as unknown as Tag, names as OwnNames)
  }

  override unescapedValue(tag: string[], names: Mustache.Context): string {
    return this.#valueOf(tag as unknown as Tag, names as OwnNames)
  }

  override renderPartial(tag: string[]): string {
    const source = this.#sourceOf(tag as unknown as Tag)
    this.#warn(`the template uses the partial ${source}, and partials are not supported. It is kept as text`)
    return source
  }

  #valueOf(tag: Tag, names: OwnNames): string {
    const [, name] = tag
    const { isKnown, value } = names.find(name)
    if (!isKnown) return this.#unknown(tag, names)
    const shown = valueText(value)
    if ('text' in shown) return shown.text
    this.#warn(`the value of {{${name}}} is omitted: ${shown.problem}`)
    return ''
  }

  #unknown(tag: Tag, names: OwnNames): string {
    if (names.knowsRoot(tag[1]) || !isForeign(this.#template, tag)) return ''
    const source = this.#sourceOf(tag)
    this.#warn(`${source} is not a variable name. It is kept as text`)
    return source
  }

  #sourceOf([, , start, end]: Tag): string {
    return this.#template.slice(start, end)
  }

  // The library caches every parsed template, and an application may build a new one for each request.
  #boundCache(template: string): void {
    if (this.#seen.has(template)) return
    if (this.#seen.size >= maxTemplates) {
      this.#seen.clear()
      this.clearCache()
    }
    this.#seen.add(template)
  }
}

// A separate writer: another user of the library may have changed the tags or cache of the shared one.
const writer = new PromptWriter()

const aName = /^[\p{L}_$][\p{L}\p{N}_$-]*(\.[\p{L}\p{N}_$-]+)*$/u
const texArguments = /\\[a-zA-Z]+\*?(\{\{[^{}]*\}\})*$/

/** Whether a tag belongs to another language: JSON, a `${{ }}` of a workflow, a TeX argument. */
function isForeign(template: string, [, name, start]: Tag): boolean {
  if (name !== '.' && !aName.test(name)) return true
  return template[start - 1] === '$' || texArguments.test(template.slice(Math.max(0, start - 200), start))
}

/**
 * Renders a Mustache template without escaping: prompts are not HTML. A name without a value renders as nothing, objects as JSON;
 * text that only looks like a tag (`{{"a":1}}`, `${{ secrets.X }}`, `\frac{{a}}{{b}}`) stays unchanged.
 *
 * @param warn receives what was omitted or kept as text
 * @throws if the template is broken, or a value cannot be converted to a string.
 */
export function renderTemplate(template: string, variables: object, warn: Warn = () => {}): string {
  return template.includes(tags[0]) ? writer.fill(template, variables, warn) : template
}

/** Renders every template of a config: the content of its messages, and its instructions. */
export function renderConfig(init: AIConfigInit, render: (template: string) => string): AIConfigInit {
  const { messages, instructions } = init
  return {
    ...init,
    ...(messages && {
      messages: messages.map(message => ({ ...message, content: render(message.content) })),
    }),
    ...(instructions !== undefined && { instructions: render(instructions) }),
  }
}
