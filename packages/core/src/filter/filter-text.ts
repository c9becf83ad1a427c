import { RuntapeError } from '../errors.ts'

const fieldName = /[a-z]+(?:\.[^\s:<>=",*]+)?(?=[:<>])/y
const phrase = /"((?:[^"\\]|\\.)*)"/y
const word = /[^\s"]+/y
/** Text before the next special character: a space, a comma, a quote, a wildcard, or the two dots between bounds. */
const characters = /(?:[^\s,"*.]|\.(?!\.))+/y
const space = /\s+/y

/** The text of a filter and the parse position. */
export class FilterText {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Number of the next character; the first is 1. */
  get character(): number {
    return this.#at + 1
  }

  /** False at the end. */
  skipSpace(): boolean {
    this.#match(space)
    return this.#at < this.#text.length
  }

  /** The first of these that is at the current position. */
  take<const T extends string>(...tokens: readonly T[]): T | undefined {
    const found = tokens.find(token => this.#text.startsWith(token, this.#at))
    if (found !== undefined) this.#at += found.length
    return found
  }

  /** The name of a field, if an operator follows. */
  takeField(): string | undefined {
    return this.#match(fieldName)?.[0]
  }

  takePhrase(): string | undefined {
    const found = this.#match(phrase)
    if (found) return (found[1] ?? '').replace(/\\(.)/gs, '$1')
    if (this.#text[this.#at] === '"') throw this.problem('a closing "')
    return undefined
  }

  takeWord(): string | undefined {
    return this.#match(word)?.[0]
  }

  takeCharacters(): string | undefined {
    return this.#match(characters)?.[0]
  }

  /** Call at the end of a term: only a space or the end of the text may follow. */
  endTerm(): void {
    if (this.#at < this.#text.length && !/\s/.test(this.#text.charAt(this.#at))) throw this.problem('a space')
  }

  problem(expected: string): RuntapeError {
    const rest = this.#text.slice(this.#at, this.#at + 20)
    const found = rest === '' ? 'the end' : `"${rest}"`
    return new RuntapeError(
      'invalid-option',
      `The filter cannot be read at character ${this.#at + 1}: expected ${expected}, found ${found}. Quote text that contains spaces or signs: "late order".`,
    )
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found) this.#at = pattern.lastIndex
    return found
  }
}
