/** Template of a run of events that differ only in a few values, such as deltas. */
export interface EventTemplate {
  /** The text before, between and after the values. */
  readonly literals: readonly string[]
  /** Index of the value that is a piece of the answer. */
  readonly content: number
}

const quotedValue = /[^"\\]*(?:\\.[^"\\]*)*/y
const number = /\d+/y

/** The names of the fields that differ between events with a piece of the answer. */
export interface TemplateFields {
  /** A string: the piece of the answer. */
  readonly content: string
  /** Other strings. */
  readonly texts?: readonly string[]
  /** Non-negative integers. */
  readonly numbers?: readonly string[]
  /** The host pads its JSON with any number of blanks before the last brace. Default: no padding. */
  readonly isPadded?: boolean
}

/** Returns a function that makes templates from events with these fields. */
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
    // Two fields with the same name are ambiguous.
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

/** The text before and after the blanks before the last brace. */
function aroundPadding(rest: string): string[] {
  const last = rest.lastIndexOf('}')
  const before = rest.slice(0, last).trimEnd()
  return before.endsWith('}') ? [before, rest.slice(last)] : [rest]
}

// In any position: another field with that name may be the one that counts.
const isOnce = (text: string, name: string): boolean => text.indexOf(name) === text.lastIndexOf(name)

function endOf(value: RegExp, text: string, at: number): number {
  value.lastIndex = at
  value.test(text)
  return value.lastIndex
}

/** Whether the text is printable ASCII, with no escaped field name. */
const isPlain = (text: string): boolean =>
  Buffer.byteLength(text) === text.length && !text.includes('\\') && !text.includes('\0')
