import { JsonValueColumn, type ValueKind } from './json-value-column.ts'

/** Template of a run of events that differ only in a few values, such as deltas. */
export interface EventTemplate {
  /** What stands before, between and after the values. */
  readonly literals: readonly string[]
  /** Which of the values is a piece of the answer. */
  readonly content: number
}

const encoder = new TextEncoder()
const quotedValue = /[^"\\]*(?:\\.[^"\\]*)*/y
const number = /\d+/y

/** The values that differ between events with a piece of the answer, by the names of their fields. */
export interface TemplateFields {
  /** The string that is the piece of the answer. */
  readonly content: string
  /** Other strings. */
  readonly texts?: readonly string[]
  /** Numbers that are not negative and whole. */
  readonly numbers?: readonly string[]
  /** The host pads its JSON with blanks before the last brace, as many as it likes. Default: it has none there. */
  readonly isPadded?: boolean
}

/** Makes templates: of events with these values, for those that follow and differ in nothing else. */
export function eventTemplates(fields: TemplateFields): (event: string) => EventTemplate | undefined {
  const { content, texts = [], numbers = [], isPadded = false } = fields
  const quoted = `"(?:${[content, ...texts].join('|')})":"`
  const counted = numbers.length > 0 ? `|"(?:${numbers.join('|')})":(?=\\d)` : ''
  const valueStart = new RegExp(quoted + counted, 'g')
  return event => templateOf(event, content, valueStart, isPadded)
}

function templateOf(
  event: string,
  content: string,
  valueStart: RegExp,
  isPadded: boolean,
): EventTemplate | undefined {
  const literals: string[] = []
  const starts: string[] = []
  let from = 0
  valueStart.lastIndex = 0
  for (let found = valueStart.exec(event); found; found = valueStart.exec(event)) {
    const start = valueStart.lastIndex
    // Of two by one name, which is it?
    if (starts.includes(found[0])) return undefined
    starts.push(found[0])
    literals.push(event.slice(from, start))
    from = endOf(found[0].endsWith('"') ? quotedValue : number, event, start)
    valueStart.lastIndex = from
  }
  const rest = event.slice(from)
  literals.push(...(isPadded ? aroundPadding(rest) : [rest]))
  const at = starts.indexOf(`"${content}":"`)
  return at !== -1 && isOnce(event, `"${content}"`) && literals.every(isPlain)
    ? { literals, content: at }
    : undefined
}

/** What stands before and after the blanks ahead of the last brace. */
function aroundPadding(rest: string): string[] {
  const last = rest.lastIndexOf('}')
  const before = rest.slice(0, last).trimEnd()
  return before.endsWith('}') ? [before, rest.slice(last)] : [rest]
}

// However it is written: another by that name may be the one that counts.
const isOnce = (text: string, name: string): boolean => text.indexOf(name) === text.lastIndexOf(name)

function endOf(value: RegExp, text: string, at: number): number {
  value.lastIndex = at
  value.test(text)
  return value.lastIndex
}

/** Whether it is in ASCII, with no name in it that is written in another way, and nothing that is not printed. */
const isPlain = (text: string): boolean =>
  Buffer.byteLength(text) === text.length && !text.includes('\\') && !text.includes('\0')

/** Events in a row of one template: what they have in common is kept once, and their values as bytes. */
export class TemplateRun {
  readonly #template: EventTemplate
  readonly #literals: readonly Literal[]
  readonly #columns: readonly JsonValueColumn[]
  #count = 0

  constructor(template: EventTemplate) {
    this.#template = template
    this.#literals = literalsOf(template.literals)
    this.#columns = template.literals
      .slice(1)
      .map((_, slot) => new JsonValueColumn(kindAfter(template.literals[slot]), slot === template.content))
  }

  get count(): number {
    return this.#count
  }

  /** Takes the event that begins here and gives where it ends; -1 when it is not of this template. */
  take(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const columns = this.#columns
    let at = start
    for (let slot = 0; slot < columns.length; slot++) {
      const literal = this.#literals[slot] as Literal
      at = literal.isAt(bytes, view, at, end)
        ? (columns[slot] as JsonValueColumn).take(bytes, at + literal.length, end)
        : -1
      if (at === -1) return this.#undo()
    }
    const last = this.#literals[columns.length] as Literal
    if (!last.isAt(bytes, view, at, end)) return this.#undo()
    for (let slot = 0; slot < columns.length; slot++) (columns[slot] as JsonValueColumn).keep()
    this.#count++
    return at + last.length
  }

  /** The text that the pieces of the answer add up to; `undefined` where they are no JSON. */
  content(): string | undefined {
    return this.#columns[this.#template.content]?.text()
  }

  /** As it lies on the tape. */
  json(): string {
    const values = this.#columns.map(column => column.json())
    return `{"alike":${JSON.stringify(this.#template.literals)},"values":[[${values.join('],[')}]]}`
  }

  #undo(): -1 {
    for (const column of this.#columns) column.undo()
    return -1
  }
}

/** By what stands before it: strings begin with a quotation mark, numbers follow a colon, and padding a brace. */
function kindAfter(literal = ''): ValueKind {
  if (literal.endsWith('"')) return 'text'
  return literal.endsWith('}') ? 'blanks' : 'digits'
}

/** A text in ASCII that is looked for in bytes, eight at a time: no eight characters make a number that is not itself. */
class Literal {
  readonly length: number
  readonly #view: DataView
  readonly #start: number

  /** @param view of the bytes of all literals of a template @param start where in them this one begins */
  constructor(view: DataView, start: number, length: number) {
    this.#view = view
    this.#start = start
    this.length = length
  }

  isAt(bytes: Uint8Array, view: DataView, at: number, end: number): boolean {
    const { length } = this
    if (at + length > end) return false
    const own = this.#view
    const start = this.#start
    if (length < 8) return this.#isShortAt(bytes, at)
    for (let from = 0; from + 8 <= length; from += 8)
      if (view.getFloat64(at + from, true) !== own.getFloat64(start + from, true)) return false
    return view.getFloat64(at + length - 8, true) === own.getFloat64(start + length - 8, true)
  }

  #isShortAt(bytes: Uint8Array, at: number): boolean {
    for (let index = 0; index < this.length; index++)
      if (bytes[at + index] !== this.#view.getUint8(this.#start + index)) return false
    return true
  }
}

/** One buffer for all: those of each open stream are its own. */
function literalsOf(texts: readonly string[]): Literal[] {
  const bytes = encoder.encode(texts.join(''))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let start = 0
  return texts.map(({ length }) => {
    const literal = new Literal(view, start, length)
    start += length
    return literal
  })
}
