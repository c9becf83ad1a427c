import type { CaptureLimits } from '@runtape/trace'
import type { AbortLink } from '../body/abort-link.ts'
import { type Answer, type BodyReader, newDecoder } from '../body/body-reader.ts'
import type { Facts } from '../call/call-result.ts'
import type { Fields } from '../call/json-fields.ts'
import { parseJson } from '../recorded/json-payload.ts'
import type { RecordedParts } from '../recorded/preencoded-members.ts'
import { eachEvent } from '../recorded/recorded-answer.ts'
import { EventBytes, eventsIn } from './event-bytes.ts'
import { dataOf, eventIn } from './event-data.ts'
import type { EventRules } from './event-rules.ts'
import { beginsLike, concat, isOneEvent } from './sse-bytes.ts'
import { StreamFold } from './stream-fold.ts'

/** What the application must not see of a stream, as only the tap asked for it. */
export interface EventFilter {
  /**
   * What it sees of whole events with a piece of the answer, each of which begins with `start`; `undefined` where each
   * event has to be looked at.
   */
  pass(piece: Uint8Array, start: Uint8Array): Uint8Array | undefined
  /** What it sees of the text of one event. */
  show(text: string, event: Fields): string
}

export interface SseBodyReaderOptions {
  readonly rules: EventRules
  /** Default: the application sees everything. */
  readonly filter?: EventFilter | undefined
  /** Streams larger than this are not kept, in bytes; 0 keeps none. */
  readonly limit: number
  /** Where secrets are looked for in the events themselves. */
  readonly limits?: CaptureLimits | undefined
  /** Tells the host that the application aborts. */
  readonly link?: AbortLink | undefined
  /** Usage for a replayed stream from which it was hidden. */
  readonly usage?: unknown
  /** Reads a body without any event, which is none of a stream: JSON, or whatever a host sent. */
  readWhole?(text: string): Answer
  /** The first piece of the answer has come. */
  onContent(): void
}

const later = (before: unknown, told: unknown): unknown => told ?? before
const encoder = new TextEncoder()
const decoder = newDecoder()
// Enough of the data to tell the kinds of events apart: `data: {"type":"response.output_t`, `data: {"id":"chatcmpl-`.
const beginning = 32

/*
 * The door of this room: `push`, `finish`, `answer`. Behind it a piece goes
 *
 *   SseBodyReader → EventBytes (keeps what is not whole) → StreamFold → TemplateRun
 *
 * Why not simply parse each event as it passes: `npm run bench` has what it costs (bench/src/openai.bench.ts).
 * - Events that fit a template are compared eight bytes at a time and their values copied, not parsed.
 * - Values stay bytes with one separator: 500 chunks of a long answer hold a third of what texts of them would.
 */

/**
 * Reads a stream of events while it passes. Up to the first content every event is parsed as it passes; from then on
 * pieces are only folded, or searched for facts where none are kept. Malformed events pass like all others.
 */
export class SseBodyReader implements BodyReader {
  readonly #options: SseBodyReaderOptions
  /** What was looked at as it passed. */
  #passing = new EventBytes()
  /** What is kept; none once it was dropped or told. */
  #fold: StreamFold | undefined
  readonly #kept = new EventBytes()
  #keptBytes = 0
  #droppedBytes = 0
  /** How the events of the content begin, once there is some. */
  #contentStart: Uint8Array | undefined
  #isDone = false
  /** What came before the first event with data; `undefined` once there was one. */
  #beforeEvents: string | undefined = ''
  #hasOdd = false
  #sawEnd = false
  #isFinished = false
  #facts: Facts

  constructor(options: SseBodyReaderOptions) {
    this.#options = options
    this.#facts = { usage: options.usage }
    if (options.limit > 0) this.#fold = new StreamFold(options.rules, options.limits)
  }

  get isComplete(): boolean {
    return this.#isDone
  }

  get isLeftByRelease(): boolean {
    return this.#options.rules.isLeftByRelease === true
  }

  get link(): AbortLink | undefined {
    return this.#options.link
  }

  splitAt(seen: Uint8Array): number {
    const { rules } = this.#options
    if (!rules.endIn || this.#sawEnd) return 0
    const at = rules.endIn(seen)
    this.#sawEnd = at !== -1
    return at
  }

  get isWithoutUsage(): boolean {
    this.#catchUp()
    return this.#sawEnd && !this.#isDone && (this.#facts.usage ?? undefined) === undefined
  }

  get hasEnded(): boolean {
    this.#catchUp()
    return this.#isDone
  }

  push(piece: Uint8Array): Uint8Array | undefined {
    const passed =
      this.#contentStart && this.#passing.isBetween && !this.#isDone
        ? this.#pass(piece, this.#contentStart)
        : undefined
    const seen = passed ?? this.#look(piece)
    if (seen) this.#keep(seen)
    return seen
  }

  finish(): Uint8Array | undefined {
    this.#isFinished = true
    const seen = this.#take(this.#passing.rest())
    if (!this.#options.filter) return undefined
    if (seen) this.#keep(seen)
    return seen
  }

  answer(): Answer {
    const whole = this.#asWhole()
    if (whole) return whole
    const kept = this.#fold && this.#foldRest(this.#fold)
    this.#fold = undefined
    const tooLarge = this.#droppedBytes > 0 ? this.#droppedBytes : undefined
    return {
      facts: { ...this.#facts, notes: this.#notes() },
      parts: { ...kept, tooLarge },
      isEmpty: this.#beforeEvents !== undefined,
    }
  }

  /** The answer of a body without any event, which some SDKs leave as soon as they have read an error in it. */
  #asWhole(): Answer | undefined {
    const { readWhole } = this.#options
    if (this.#beforeEvents === undefined || !readWhole) return undefined
    const text = this.#beforeEvents + decoder.decode(this.#passing.rest())
    if (this.#isFinished ? onlyComments.test(text) : !isJson(text)) return undefined
    this.#isDone = true
    const { parts, ...answer } = readWhole(text)
    // Marked, so that a replay answers a request for a stream with it.
    return { ...answer, parts: { ...parts, head: { ...parts.head, isStream: true } } }
  }

  #catchUp(): void {
    const stream = this.#fold
    if (!stream) return
    this.#note(stream.fold.facts())
    this.#isDone ||= stream.isDone
  }

  /** What the application sees of a piece that needs no look; `undefined` where it needs one. */
  #pass(piece: Uint8Array, start: Uint8Array): Uint8Array | undefined {
    const { filter } = this.#options
    if (!this.#fold && this.#mayTell(piece, start)) return undefined
    return filter ? filter.pass(piece, start) : piece
  }

  /** Where no event is kept: whether there may be facts in this piece, which are not found later. */
  #mayTell(piece: Uint8Array, start: Uint8Array): boolean {
    const { rules, filter } = this.#options
    if (!filter && !(beginsLike(piece, start) && isOneEvent(piece))) return true
    return rules.mayTell?.(piece) ?? true
  }

  #look(piece: Uint8Array): Uint8Array | undefined {
    const whole = this.#passing.push(piece)
    const seen = whole && this.#take(whole)
    return this.#options.filter ? seen : piece
  }

  /** What the application sees of these events: the very bytes where it sees all of them, `undefined` for nothing. */
  #take(bytes: Uint8Array): Uint8Array | undefined {
    let isAll = bytes.length > 0
    const seen: Uint8Array[] = []
    for (const event of eventsIn(bytes)) {
      const text = decoder.decode(event)
      const shown = this.#show(text)
      if (shown === text) seen.push(event)
      else {
        isAll = false
        if (shown !== '') seen.push(encoder.encode(shown))
      }
    }
    if (isAll) return bytes
    return seen.length > 0 ? concat(seen) : undefined
  }

  /** What the application sees of one event. */
  #show(text: string): string {
    const data = dataOf(text)
    if (this.#beforeEvents !== undefined)
      this.#beforeEvents = data === undefined ? this.#beforeEvents + text : undefined
    const event = this.#isDone ? undefined : eventIn(data)
    if (event === 'done') this.#isDone = true
    else if (event) this.#learn(event, text)
    else if (event === null) this.#hasOdd = true
    const { filter } = this.#options
    return filter && event && event !== 'done' ? filter.show(text, event) : text
  }

  #learn(event: Fields, text: string): void {
    const { rules, onContent } = this.#options
    // A fold of one event has the facts of that event.
    const fold = rules.newFold()
    fold.add(event)
    this.#note(fold.facts())
    this.#isDone = rules.isLast?.(event) ?? false
    if (this.#contentStart || !rules.hasContent(event)) return
    this.#contentStart = encoder.encode(text.slice(0, text.indexOf('data:') + beginning))
    onContent()
  }

  #note({ usage, model, error, finishReason }: Facts): void {
    const known = this.#facts
    const { mergeUsage: merge = later } = this.#options.rules
    this.#facts = {
      usage: merge(known.usage, usage),
      model: known.model ?? model,
      error: known.error ?? error,
      finishReason: finishReason ?? known.finishReason,
    }
  }

  #keep(seen: Uint8Array): void {
    if (this.#droppedBytes > 0) this.#droppedBytes += seen.length
    if (!this.#fold) return
    this.#keptBytes += seen.length
    const whole = this.#kept.push(seen)
    if (whole) this.#fold.add(whole)
    if (this.#keptBytes > this.#options.limit) this.#drop(this.#fold)
  }

  /** Keeps no more: from here on facts are looked for as the pieces pass. */
  #drop({ fold, isDone }: StreamFold): void {
    this.#droppedBytes = this.#keptBytes
    this.#fold = undefined
    if (this.#options.filter) return
    this.#note(fold.facts())
    this.#isDone ||= isDone
    // It knows what came last, also of what was not looked at.
    this.#passing = this.#kept
  }

  #foldRest(stream: StreamFold): RecordedParts {
    const { fold } = stream
    stream.add(this.#kept.rest(), !this.#isFinished)
    const events = stream.events()
    // Of what was seen on the way, that of another choice may be the last.
    this.#facts = { ...this.#facts, finishReason: undefined }
    this.#note(fold.facts())
    this.#isDone ||= stream.isDone
    this.#hasOdd ||= stream.hasOdd
    const { usage } = this.#facts
    return {
      learned: { ...fold.readable(), ...(usage !== undefined && { usage }) },
      members: {
        json: `"events":${events}`,
        isPlain: true,
        inspectable: () => ({ events: eachEvent(JSON.parse(events) as unknown[]) }),
        holdsSecret: () => stream.hasSecret,
      },
    }
  }

  #notes(): string[] {
    const { isLast, endsWithBody } = this.#options.rules
    const notes = this.#hasOdd ? ['The stream has an event that is not JSON.'] : []
    if (!this.#isFinished) return notes
    this.#isDone ||= endsWithBody === true && this.#facts.finishReason !== undefined
    const missing = endsWithBody ? 'a reason to finish' : isLast ? 'its last event' : '[DONE]'
    return this.#isDone ? notes : [...notes, `The stream ended without ${missing}.`]
  }
}

const onlyComments = /^\ufeff?\s*(?::.*(?:[\r\n]\s*|$))*$/

const isJson = (text: string): boolean => /^\s*[[{]/.test(text) && parseJson(text) !== undefined

/** Facts of a text that is made of events, where none was expected. */
export function factsOfEvents(text: string, rules: EventRules): Facts {
  const reader = new SseBodyReader({ rules, limit: 0, onContent: () => {} })
  reader.push(encoder.encode(text))
  reader.finish()
  const { notes: _, ...facts } = reader.answer().facts
  return facts
}
