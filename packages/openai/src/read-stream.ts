import { type ChatChunk, ChunkFolder, hasContent, isUsageOnly } from './fold-chunks.ts'
import { type Answer, type AnswerReader, newDecoder } from './read-answer.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import { EventSplitter, type ServerSentEvent } from './sse.ts'

export interface StreamReaderOptions {
  /** The usage was asked for by the tap alone: the application does not see it. */
  readonly hideUsage: boolean
  /** More events than this are not kept, in characters; 0 keeps none. */
  readonly limit: number
  /** The usage, where the stream will not tell it: a recorded one of which the application did not see it. */
  readonly usage?: unknown
  onContent(): void
}

const nullUsage = /,\s*"usage"\s*:\s*null/
const encoder = new TextEncoder()

/** Reads a stream of events on the side. Malformed events pass through like all others. */
export class StreamReader implements AnswerReader {
  readonly #options: StreamReaderOptions
  readonly #decoder = newDecoder()
  readonly #splitter = new EventSplitter()
  readonly #folder = new ChunkFolder()
  readonly #notes = new Set<string>()
  #events: string[] = []
  #size = 0
  #hasContent = false
  #isDone = false
  #usage: unknown
  #model: unknown
  #error: unknown

  constructor(options: StreamReaderOptions) {
    this.#options = options
    this.#usage = options.usage
  }

  get isComplete(): boolean {
    return this.#isDone
  }

  read(chunk: Uint8Array): Uint8Array | undefined {
    const events = this.#splitter.push(this.#decoder.decode(chunk, { stream: true }))
    const seen = this.#take(events)
    return this.#options.hideUsage ? bytesOf(seen) : chunk
  }

  finish(): Uint8Array | undefined {
    const events = this.#splitter.push(this.#decoder.decode())
    const rest = this.#splitter.rest()
    if (rest) events.push(rest)
    const seen = this.#take(events)
    if (!this.#isDone) this.#notes.add('The stream ended without [DONE].')
    return this.#options.hideUsage ? bytesOf(seen) : undefined
  }

  answer(): Answer {
    const tooLarge = this.#size > this.#options.limit
    const finishReason = this.#folder.messages()[0]?.finish_reason
    return {
      recorded: tooLarge ? {} : this.#recorded(),
      ...(tooLarge && { tooLarge: this.#size }),
      usage: this.#usage,
      model: this.#model,
      finishReason,
      error: this.#error,
      notes: [...this.#notes],
    }
  }

  #recorded(): RecordedAnswer {
    const choices = this.#folder.messages()
    return {
      events: this.#events,
      ...(choices.length === 1 && { message: choices[0] }),
      ...(choices.length > 1 && { choices }),
      ...(this.#usage !== undefined && { usage: this.#usage }),
    }
  }

  /** The texts of these events as far as the application is to see them. */
  #take(events: readonly ServerSentEvent[]): string {
    let seen = ''
    for (const event of events) {
      const chunk = this.#chunkOf(event)
      if (chunk) this.#learn(chunk)
      const text = this.#options.hideUsage ? withoutUsage(event, chunk) : event.text
      this.#keep(text)
      seen += text
    }
    return seen
  }

  #chunkOf({ data }: ServerSentEvent): ChatChunk | undefined {
    if (data === undefined || this.#isDone) return undefined
    if (data.startsWith('[DONE]')) {
      this.#isDone = true
      return undefined
    }
    try {
      const chunk: unknown = JSON.parse(data)
      if (typeof chunk === 'object' && chunk !== null) return chunk
    } catch {
      // Noted below, with whatever else is no chunk.
    }
    this.#notes.add('The stream has an event that is not JSON.')
    return undefined
  }

  #learn(chunk: ChatChunk): void {
    if (typeof chunk.usage === 'object' && chunk.usage !== null) this.#usage = chunk.usage
    this.#model ??= chunk.model
    this.#error ??= chunk.error
    if (!this.#hasContent && hasContent(chunk)) {
      this.#hasContent = true
      this.#options.onContent()
    }
    if (this.#size <= this.#options.limit) this.#folder.add(chunk)
  }

  #keep(text: string): void {
    if (text === '') return
    this.#size += text.length
    if (this.#size <= this.#options.limit) this.#events.push(text)
    else this.#events = []
  }
}

function withoutUsage({ text }: ServerSentEvent, chunk: ChatChunk | undefined): string {
  if (!chunk || chunk.usage === undefined) return text
  if (isUsageOnly(chunk)) return ''
  return chunk.usage === null ? text.replace(nullUsage, '') : text
}

const bytesOf = (text: string): Uint8Array | undefined => (text === '' ? undefined : encoder.encode(text))
