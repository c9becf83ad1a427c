/** One event of a stream: its exact text, and the data in it. */
export interface ServerSentEvent {
  readonly text: string
  /** `undefined` for an event without data: a comment, a blank line. */
  readonly data: string | undefined
  /** It is only the second half of a line end, of which the first one ended the event before. */
  readonly isHalf?: true
}

const lineEnd = /\r\n|\n|\r/
const boundary = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/g

/** Cuts text that comes in pieces into events; joined again, their texts are that text. */
export class EventSplitter {
  #parts: string[] = []
  // The last character of the parts: a boundary may have begun there. The others are never searched twice.
  #tail = ''
  #endedInReturn = false

  /** The events that this piece completes. */
  push(piece: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = []
    if (piece === '') return events
    const text = this.#tail + piece
    let start = this.#tail.length
    if (this.#endedInReturn && piece.startsWith('\n')) {
      events.push({ text: '\n', data: undefined, isHalf: true })
      start = 1
    }
    boundary.lastIndex = start - this.#tail.length
    for (let found = boundary.exec(text); found; found = boundary.exec(text)) {
      this.#parts.push(text.slice(start, boundary.lastIndex))
      events.push(this.#take())
      start = boundary.lastIndex
    }
    if (start < text.length) this.#parts.push(text.slice(start))
    this.#tail = start < text.length ? text.slice(-1) : ''
    this.#endedInReturn = start === text.length && text.endsWith('\r')
    return events
  }

  /** Whether it is between two events. */
  get isBetween(): boolean {
    return this.#parts.length === 0
  }

  /** What came after the last boundary, if anything: a last event that nothing ended. */
  rest(): ServerSentEvent | undefined {
    return this.#parts.length > 0 ? this.#take() : undefined
  }

  #take(): ServerSentEvent {
    const text = this.#parts.length === 1 ? (this.#parts[0] as string) : this.#parts.join('')
    this.#parts = []
    this.#tail = ''
    return { text, data: dataOf(text) }
  }
}

/** The data of one event. */
export function dataOf(event: string): string | undefined {
  // A stream may begin with a mark of its byte order.
  const text = event.startsWith('\ufeff') ? event.slice(1) : event
  if (isOneLine(text)) return text.slice('data: '.length, -2)
  const data: string[] = []
  for (const line of text.split(lineEnd)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    else if (line === 'data') data.push('')
  }
  return data.length > 0 ? data.join('\n') : undefined
}

// As nearly all are.
const isOneLine = (text: string): boolean =>
  text.startsWith('data: ') &&
  text.indexOf('\n') === text.length - 2 &&
  text.endsWith('\n\n') &&
  !text.includes('\r')
