import type { CaptureLimits } from '@runtape/trace'
import type { AbortLink } from '../body/abort-link.ts'
import { type Answer, type BodyReader, newDecoder } from '../body/body-reader.ts'
import { type Facts, laterAnswer } from '../call/call-result.ts'
import { type Fields, isFields } from '../call/json-fields.ts'
import { parseJson } from '../recorded/json-payload.ts'
import type { RecordedParts } from '../recorded/preencoded-members.ts'
import { eachEvent, eventTexts } from '../recorded/recorded-answer.ts'
import { EventBytes } from './event-bytes.ts'
import { dataOf, eventIn } from './event-data.ts'
import { EventLog } from './event-log.ts'
import type { EventFilter, EventRules, Fold } from './event-rules.ts'
import { concat, endOfEvent } from './sse-bytes.ts'
import { TemplateRun, viewOf } from './template-run.ts'

export interface SseBodyReaderOptions {
  readonly rules: EventRules
  /** Default: the application sees everything. */
  readonly filter?: EventFilter | undefined
  /** Maximum size of a stream that is kept, in bytes; 0 keeps none. */
  readonly limit: number
  /** For the search for secrets in single events. */
  readonly limits?: CaptureLimits | undefined
  /** Passes aborts of the application to the host. */
  readonly link?: AbortLink | undefined
  /** Usage for a replayed stream from which it was hidden. */
  readonly usage?: unknown
  /** Reads a body that contains no event and is therefore not a stream: JSON, or whatever a host sent. */
  readWhole?(text: string): Answer
  /** Called when the first piece of the answer has arrived. */
  onContent(): void
}

const later = (before: unknown, told: unknown): unknown => told ?? before
const encoder = new TextEncoder()
const decoder = newDecoder()

/*
 * The interface of this folder is `push`, `finish` and `answer`. A piece passes through
 *
 *   EventBytes (keeps incomplete events) → EventFilter (hides what only we requested) → TemplateRun, or Fold and EventLog
 *
 * Parsing every event costs too much; `npm run bench` measures it (bench/src/openai.bench.ts). Therefore:
 * - Events that match a template are compared eight bytes at a time and their values are copied, not parsed.
 * - Values are stored as bytes with one separator: 500 chunks of a long answer take a third of the memory of strings.
 */

/** Reads a stream of events while it passes. Malformed events pass unchanged. */
export class SseBodyReader implements BodyReader {
  readonly #options: SseBodyReaderOptions
  readonly #bytes = new EventBytes()
  /** Aggregates all events; `undefined` if they are not kept. Then only their facts are. */
  #fold: Fold | undefined
  #log: EventLog | undefined
  #run: TemplateRun | undefined
  /** Number of bytes that the application saw. */
  #size = 0
  #hasContent = false
  #isDone = false
  /** The text before the first event with data; `undefined` after that event. */
  #beforeEvents: string | undefined = ''
  #hasOdd = false
  #sawEnd = false
  #isFinished = false
  #facts: Facts

  constructor(options: SseBodyReaderOptions) {
    const { rules, limit, limits, usage } = options
    this.#options = options
    this.#facts = { usage }
    if (limit === 0) return
    this.#fold = rules.newFold()
    this.#log = new EventLog(limits)
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
    return this.#sawEnd && !this.#isDone && (this.#known().usage ?? undefined) === undefined
  }

  get hasEnded(): boolean {
    return this.#isDone
  }

  push(piece: Uint8Array): Uint8Array | undefined {
    const { filter } = this.#options
    const whole = this.#bytes.push(piece)
    const seen = filter ? whole && this.#show(whole, filter) : piece
    if (!filter && whole) this.#read(whole)
    if (seen) this.#count(seen)
    return seen
  }

  finish(): Uint8Array | undefined {
    this.#isFinished = true
    const { filter } = this.#options
    const rest = this.#bytes.rest()
    if (!filter) return void this.#read(rest)
    const seen = rest.length > 0 ? this.#show(rest, filter) : undefined
    if (seen) this.#count(seen)
    return seen
  }

  answer(): Answer {
    const rest = this.#bytes.rest()
    const whole = this.#asWhole(rest)
    if (whole) return whole
    this.#readRest(rest)
    this.#facts = this.#known()
    const { limit } = this.#options
    const parts = this.#fold && this.#log ? this.#kept(this.#fold, this.#log) : undefined
    this.#fold = undefined
    this.#log = undefined
    return {
      facts: { ...this.#facts, notes: this.#notes() },
      parts: parts ?? (limit > 0 ? { tooLarge: this.#size } : {}),
      isEmpty: this.#beforeEvents !== undefined,
    }
  }

  /** Reads the visible part of an event that was cut off, which need not be JSON. */
  #readRest(rest: Uint8Array): void {
    this.#endRun()
    const hasOdd = this.#hasOdd
    if (!this.#options.filter) this.#read(rest)
    this.#hasOdd = hasOdd
  }

  /** The answer of a body without events. Some SDKs stop reading it as soon as they find an error in it. */
  #asWhole(rest: Uint8Array): Answer | undefined {
    const { readWhole } = this.#options
    if (this.#beforeEvents === undefined || !readWhole) return undefined
    const text = this.#beforeEvents + decoder.decode(rest)
    if (this.#isFinished ? onlyComments.test(text) : !isJson(text)) return undefined
    this.#isDone = true
    const { parts, ...answer } = readWhole(text)
    // Marked, so that a replay answers a request for a stream with it.
    return { ...answer, parts: { ...parts, head: { ...parts.head, isStream: true } } }
  }

  /** The visible part of these events: the same bytes if everything is visible, `undefined` for nothing. */
  #show(bytes: Uint8Array, filter: EventFilter): Uint8Array | undefined {
    const passed = this.#isDone ? bytes : filter.pass(bytes)
    if (passed) {
      this.#read(passed)
      return passed
    }
    const seen: Uint8Array[] = []
    for (let at = 0, end = 0; at < bytes.length; at = end) {
      end = endOfEvent(bytes, at, bytes.length)
      const shown = this.#showEvent(bytes.subarray(at, end), filter)
      if (shown) seen.push(shown)
    }
    const all = concat(seen)
    return all.length > 0 ? all : undefined
  }

  /** One event of several. It is recorded as it would be alone: a recording must not depend on packets. */
  #showEvent(event: Uint8Array, filter: EventFilter): Uint8Array | undefined {
    const passed = this.#isDone ? event : filter.pass(event)
    if (passed) {
      this.#read(passed)
      return passed
    }
    const text = decoder.decode(event)
    const shown = this.#parse(text, filter)
    return shown === text ? event : encoder.encode(shown)
  }

  /** Reads bytes that end with an event or with the stream. */
  #read(bytes: Uint8Array): void {
    const { length } = bytes
    const view = viewOf(bytes)
    for (let at = 0, end = 0; at < length; at = end) {
      end = this.#run?.take(bytes, view, at, length) ?? -1
      if (end !== -1) continue
      end = endOfEvent(bytes, at, length)
      this.#parse(decoder.decode(bytes.subarray(at, end)))
    }
    if (!this.#log) this.#run?.forget()
  }

  /** Parses one event, and records and returns its visible part. */
  #parse(text: string, filter?: EventFilter): string {
    this.#endRun()
    const data = dataOf(text)
    if (this.#beforeEvents !== undefined)
      this.#beforeEvents = data === undefined ? this.#beforeEvents + text : undefined
    const event = this.#isDone ? undefined : eventIn(data)
    if (event === 'done') this.#isDone = true
    else if (event) this.#learn(event)
    else if (event === null) this.#hasOdd = true
    const shown = filter && isFields(event) ? filter.show(text, event) : text
    if (shown === text) this.#keep(text, event)
    else if (shown !== '') this.#keep(shown, eventIn(dataOf(shown)))
    return shown
  }

  #learn(event: Fields): void {
    const { rules, onContent } = this.#options
    // Without an aggregate: a new fold for each event returns the facts of that event.
    const fold = this.#fold ?? rules.newFold()
    fold.add(event)
    if (!this.#fold) this.#facts = this.#with(fold.facts())
    this.#isDone = rules.isLast?.(event) ?? false
    if (this.#hasContent || !rules.hasContent(event)) return
    this.#hasContent = true
    onContent()
  }

  #keep(text: string, event: unknown): void {
    this.#log?.add(text, event)
    if (!isFields(event) || this.#isDone) return
    const template = this.#options.rules.template?.(event, text)
    this.#run = template && new TemplateRun(template)
  }

  #endRun(): void {
    const run = this.#run
    this.#run = undefined
    if (!run || run.count === 0 || !this.#fold) return
    const content = run.content()
    if (content !== undefined) this.#fold.addContent?.(content)
    else for (const text of eventTexts(JSON.parse(run.json()))) this.#addAgain(text)
    this.#log?.addRun(run)
  }

  #addAgain(text: string): void {
    const event = eventIn(dataOf(text))
    if (isFields(event)) this.#fold?.add(event)
    else this.#hasOdd ||= event === null
  }

  #count({ length }: Uint8Array): void {
    this.#size += length
    if (!this.#log || this.#size <= this.#options.limit) return
    // Keeps no more events: from here on only facts are collected.
    this.#facts = this.#known()
    this.#fold = undefined
    this.#log = undefined
  }

  /** The facts so far. */
  #known(): Facts {
    return this.#fold ? this.#with(this.#fold.facts()) : this.#facts
  }

  #with({ usage, model, error, finishReason, background }: Facts): Facts {
    const known = this.#facts
    const { mergeUsage: merge = later } = this.#options.rules
    return {
      usage: merge(known.usage, usage),
      model: known.model ?? model,
      error: known.error ?? error,
      finishReason: finishReason ?? known.finishReason,
      background: laterAnswer(known.background, background),
    }
  }

  #kept(fold: Fold, log: EventLog): RecordedParts {
    const events = log.json()
    const { usage } = this.#facts
    return {
      learned: { ...fold.readable(), ...(usage !== undefined && { usage }) },
      members: {
        json: `"events":${events}`,
        isPlain: true,
        inspectable: () => ({ events: eachEvent(JSON.parse(events) as unknown[]) }),
        holdsSecret: () => log.hasSecret,
      },
    }
  }

  #notes(): string[] {
    const { isLast, endsWithBody } = this.#options.rules
    const notes = this.#hasOdd ? ['An event of the stream is not valid JSON.'] : []
    if (!this.#isFinished) return notes
    this.#isDone ||= endsWithBody === true && this.#facts.finishReason !== undefined
    const missing = endsWithBody ? 'a finish reason' : isLast ? 'its last event' : '[DONE]'
    return this.#isDone ? notes : [...notes, `The stream ended without ${missing}.`]
  }
}

const onlyComments = /^\ufeff?\s*(?::.*(?:[\r\n]\s*|$))*$/

const isJson = (text: string): boolean => /^\s*[[{]/.test(text) && parseJson(text) !== undefined
