/** Template of a run of events that differ only in a few values, such as deltas. */
export interface EventTemplate {
  /** What stands before, between and after the values. */
  readonly literals: readonly string[]
  /** Which of the values is a piece of the answer. */
  readonly content: number
}

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
