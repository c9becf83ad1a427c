import { fieldsOf, numberOf } from '@runtape/provider'
import type { Operation } from '../operations.ts'
import type { RecordedAnswer } from '../recorded/recorded-answer.ts'
import { type Answer, invokedModel } from './body-reader.ts'
import { ConverseFolder } from './fold-converse.ts'
import { blockOf, countsIn, jsonIn, stopReasonIn, textInChunk } from './vendor.ts'

/** Reads the events of a stream while the application reads them. */
export interface StreamReader {
  /** Takes the next event; returns true if it, or an earlier one, contains a part of the answer itself. */
  read(event: unknown): boolean
  /** True once nothing important can follow, so that a reader that stops has missed nothing. */
  readonly isComplete: boolean
  answer(): Answer
  recorded(): Pick<RecordedAnswer, 'message' | 'usage'>
}

export const streamReader = ({ speaks }: Operation): StreamReader =>
  speaks === 'converse' ? new ConverseReader() : new VendorReader()

class ConverseReader implements StreamReader {
  readonly #folder = new ConverseFolder()
  #hasContent = false
  #metadata: Readonly<Record<string, unknown>> | undefined

  get isComplete(): boolean {
    return this.#metadata !== undefined
  }

  read(event: unknown): boolean {
    this.#folder.add(event)
    const { contentBlockDelta, contentBlockStart, metadata } = fieldsOf(event)
    if (metadata) this.#metadata = fieldsOf(metadata)
    this.#hasContent ||=
      hasContent(fieldsOf(contentBlockDelta).delta) || hasContent(fieldsOf(contentBlockStart).start)
    return this.#hasContent
  }

  answer(): Answer {
    const { usage, metrics, trace } = this.#metadata ?? {}
    return {
      usage,
      finishReason: this.#folder.stopReason,
      latencyMs: numberOf(fieldsOf(metrics).latencyMs),
      model: invokedModel(trace),
    }
  }

  recorded(): Pick<RecordedAnswer, 'message' | 'usage'> {
    const usage = this.#metadata?.usage
    return { message: this.#folder.message(), ...(usage !== undefined && { usage }) }
  }
}

const hasContent = (part: unknown): boolean => Object.values(fieldsOf(part)).some(value => value !== '')

class VendorReader implements StreamReader {
  readonly #blocks = new Map<unknown, string>()
  readonly #notes = new Set<string>()
  #counts: Readonly<Record<string, unknown>> = {}
  #metrics: Readonly<Record<string, unknown>> | undefined
  #finishReason: string | undefined
  #block: unknown

  get isComplete(): boolean {
    return this.#metrics !== undefined
  }

  read(event: unknown): boolean {
    const { chunk } = fieldsOf(event)
    if (!chunk) return false
    const json = jsonIn(fieldsOf(chunk).bytes)
    if (json === undefined) this.#notes.add('A chunk of the stream is not valid JSON.')
    return this.#learn(json)
  }

  #learn(json: unknown): boolean {
    const metrics = fieldsOf(json)['amazon-bedrock-invocationMetrics']
    if (metrics) this.#metrics = fieldsOf(metrics)
    this.#counts = { ...this.#counts, ...countsIn(json) }
    this.#finishReason = stopReasonIn(json) ?? this.#finishReason
    const text = textInChunk(json)
    if (text) this.#append(text, blockOf(json))
    return text !== undefined && text !== ''
  }

  // Blocks are kept separate: one may be the JSON of a tool's arguments with values to redact.
  #append(text: string, block: unknown = this.#block): void {
    this.#blocks.set(block, (this.#blocks.get(block) ?? '') + text)
    this.#block = block
  }

  answer(): Answer {
    return {
      usage: this.#counts,
      finishReason: this.#finishReason,
      latencyMs: numberOf(this.#metrics?.invocationLatency),
      notes: [...this.#notes],
    }
  }

  recorded(): Pick<RecordedAnswer, 'message' | 'usage'> {
    const blocks = [...this.#blocks.values()]
    return { message: blocks.length > 1 ? blocks : (blocks[0] ?? ''), usage: this.#counts }
  }
}
