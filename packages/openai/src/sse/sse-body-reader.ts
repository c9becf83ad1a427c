import type { CaptureLimits } from '@runtape/trace'
import { type Answer, type BodyReader, newDecoder } from '../body/body-reader.ts'
import type { Endpoint, Facts, Fields } from '../endpoints/endpoint.ts'
import { EventLog } from './event-log.ts'
import { dataOf, EventSplitter, type ServerSentEvent } from './event-splitter.ts'
import { beginsLike, isNullUsage, isOneEvent, lastField, tellsFinish, withoutNullUsage } from './sse-bytes.ts'
import { eventIn, StreamFold } from './stream-fold.ts'

export interface SseBodyReaderOptions {
  readonly endpoint: Endpoint
  /** The usage was asked for by the tap alone: the application does not see it. */
  readonly hideUsage: boolean
  /** Streams larger than this are not kept, in bytes; 0 keeps none. */
  readonly limit: number
  /** Where secrets are looked for in the events themselves. */
  readonly limits?: CaptureLimits | undefined
  /** The usage, where the stream will not tell it: a recorded one of which the application did not see it. */
  readonly usage?: unknown
  onContent(): void
}

const nullUsage = /,\s*"usage"\s*:\s*null|"usage"\s*:\s*null\s*,\s*/g
const encoder = new TextEncoder()
// Enough of the data to tell the kinds of events apart: `data: {"type":"response.output_t`, `data: {"id":"chatcmpl-`.
const beginning = 32
const lastAscii = 127

/**
 * Reads a stream of events on the side. Up to the first content every event is parsed as it passes; from then on
 * pieces are only copied, or searched for the usage, and what they add up to is found out when many have come.
 * Malformed events pass through like all others.
 */
export class SseBodyReader implements BodyReader {
  readonly #options: SseBodyReaderOptions
  readonly #decoder = newDecoder()
  readonly #splitter = new EventSplitter()
  readonly #notes = new Set<string>()
  // What is kept so far; nothing holds on to it once it is dropped or told.
  #log: EventLog | undefined
  #droppedBytes = 0
  /** How the events of the content begin, once there is some. */
  #contentStart: Uint8Array | undefined
  #isDone = false
  #isLastHidden = false
  #isInCharacter = false
  #isFinished = false
  #usage: unknown
  #model: unknown
  #error: unknown
  #finishReason: unknown

  constructor(options: SseBodyReaderOptions) {
    this.#options = options
    this.#usage = options.usage
    if (options.limit > 0) this.#log = new EventLog(new StreamFold(options.endpoint, options.limits))
  }

  get isComplete(): boolean {
    return this.#isDone
  }

  read(piece: Uint8Array): Uint8Array | undefined {
    const passed =
      this.#contentStart && this.#splitter.isBetween && !this.#isDone ? this.#pass(piece) : undefined
    const seen = passed ?? this.#look(piece)
    if (seen) this.#keep(seen)
    return seen
  }

  finish(): Uint8Array | undefined {
    this.#isFinished = true
    const rest = this.#splitter.push(this.#decoder.decode())
    const last = this.#splitter.rest()
    const seen = bytesOf(this.#take(last ? [...rest, last] : rest))
    if (!this.#options.hideUsage) return undefined
    if (seen) this.#keep(seen)
    return seen
  }

  answer(): Answer {
    const kept = this.#log && this.#foldRest(this.#log)
    this.#log = undefined
    if (this.#isFinished && !this.#isDone) this.#notes.add(this.#endNote())
    return {
      recorded: {},
      ...kept,
      ...(this.#droppedBytes > 0 && { tooLarge: this.#droppedBytes }),
      usage: this.#usage,
      model: this.#model,
      error: this.#error,
      finishReason: this.#finishReason,
      notes: [...this.#notes],
    }
  }

  /** What the application sees of a piece that needs no look; `undefined` where it needs one. */
  #pass(piece: Uint8Array): Uint8Array | undefined {
    const start = this.#contentStart as Uint8Array
    if (this.#droppedBytes > 0 && tellsFinish(piece)) return undefined
    if (this.#options.hideUsage) {
      if (!this.#log && lastField(piece, 'error') !== -1) return undefined
      return withoutNullUsage(piece, start)
    }
    if (this.#log) return piece
    if (!beginsLike(piece, start) || !isOneEvent(piece) || lastField(piece, 'error') !== -1) return undefined
    const at = lastField(piece, 'usage')
    return at === -1 || isNullUsage(piece, at, piece.length) ? piece : undefined
  }

  #look(piece: Uint8Array): Uint8Array | undefined {
    const wasBetween = this.#splitter.isBetween && !this.#isInCharacter
    this.#isInCharacter = (piece.at(-1) ?? 0) > lastAscii
    const text = this.#decoder.decode(piece, { stream: true })
    const seen = this.#take(this.#splitter.push(text))
    if (!this.#options.hideUsage) return piece
    const isAsItWas = wasBetween && this.#splitter.isBetween && !this.#isInCharacter && seen === text
    // Where it is no text, its bytes could not be made again.
    return isAsItWas ? piece : bytesOf(seen)
  }

  /** The texts of these events as far as the application is to see them. */
  #take(events: readonly ServerSentEvent[]): string {
    let seen = ''
    for (const { text, data, isHalf } of events) {
      if (isHalf) {
        seen += this.#isLastHidden ? '' : text
        continue
      }
      const event = this.#isDone ? undefined : eventIn(data)
      if (event === 'done') this.#isDone = true
      else if (event) this.#learn(event, text)
      else if (event === null) this.#notes.add(oddNote)
      const shown = this.#options.hideUsage ? this.#withoutUsage(text, event) : text
      this.#isLastHidden = shown === ''
      seen += shown
    }
    return seen
  }

  #learn(event: Fields, text: string): void {
    const { endpoint, onContent } = this.#options
    // Of one event, a fold knows nothing but its facts.
    const fold = endpoint.newFold()
    fold.add(event)
    this.#note(fold.facts())
    this.#isDone = endpoint.isLast?.(event) ?? false
    if (this.#contentStart || !endpoint.hasContent(event)) return
    this.#contentStart = encoder.encode(text.slice(0, text.indexOf('data:') + beginning))
    onContent()
  }

  #note({ usage, model, error, finishReason }: Facts): void {
    this.#usage = usage ?? this.#usage
    this.#model ??= model
    this.#error ??= error
    this.#finishReason = finishReason ?? this.#finishReason
  }

  #keep(seen: Uint8Array): void {
    if (!this.#log) {
      if (this.#droppedBytes > 0) this.#droppedBytes += seen.length
      return
    }
    this.#log.push(seen)
    if (this.#log.size > this.#options.limit) this.#drop(this.#log)
  }

  /** Keeps no more: from here on the usage is looked for as the pieces pass. */
  #drop(log: EventLog): void {
    this.#droppedBytes = log.size
    this.#log = undefined
    if (this.#options.hideUsage) return
    this.#note(log.fold.fold.facts())
    this.#isDone ||= log.fold.isDone
    // Whatever of it they have seen on the way, they see again.
    this.#splitter.rest()
    this.#decoder.decode()
    this.#take(this.#splitter.push(log.takeRest(this.#decoder)))
  }

  #foldRest(log: EventLog): Pick<Answer, 'recorded' | 'json' | 'hasSecret'> {
    const { fold: stream } = log
    const { fold } = stream
    log.foldRest(!this.#isFinished)
    const events = stream.events()
    // Of what was seen on the way, that of another choice may be the last.
    this.#finishReason = undefined
    this.#note(fold.facts())
    this.#isDone ||= stream.isDone
    if (stream.hasOdd) this.#notes.add(oddNote)
    const usage = this.#usage
    return {
      recorded: { ...fold.readable(), ...(usage !== undefined && { usage }) },
      json: `"events":${events}`,
      ...(stream.hasSecret && { hasSecret: true }),
    }
  }

  #withoutUsage(text: string, event: ReturnType<typeof eventIn>): string {
    if (!event || event === 'done' || event.usage === undefined) return text
    if (this.#options.endpoint.isUsageOnly?.(event)) return ''
    return event.usage === null ? withoutNull(text) : text
  }

  #endNote(): string {
    return this.#options.endpoint.isLast
      ? 'The stream ended without its last event.'
      : 'The stream ended without [DONE].'
  }
}

const oddNote = 'The stream has an event that is not JSON.'

/** The event without the usage that is `null` in it: the one of the event itself, not one further inside. */
function withoutNull(text: string): string {
  for (const {
    0: { length },
    index,
  } of text.matchAll(nullUsage)) {
    const shorter = text.slice(0, index) + text.slice(index + length)
    const event = eventIn(dataOf(shorter))
    if (typeof event === 'object' && event?.usage === undefined) return shorter
  }
  return text
}

const bytesOf = (text: string): Uint8Array | undefined => (text === '' ? undefined : encoder.encode(text))
