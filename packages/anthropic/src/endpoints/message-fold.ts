import { type Facts, type Fields, fieldsOf, isFields } from '@runtape/provider'
import type { Fold } from '@runtape/provider/http'

/** Usage after an event that reports a part of it: counts are cumulative, and absent or null if unchanged. */
export function mergeUsage(before: unknown, told: unknown): unknown {
  if (!isFields(told)) return before
  const known = Object.entries(told).filter(([, count]) => count !== null && count !== undefined)
  return { ...fieldsOf(before), ...Object.fromEntries(known) }
}

/** Aggregates the events of a streamed message. */
export class MessageFold implements Fold {
  #message: Fields = {}
  #ending: Fields = {}
  #usage: unknown
  #error: unknown
  // By index, in order of start.
  readonly #blocks = new Map<unknown, Block>()
  /** The block of the latest delta. */
  #last: Block | undefined

  add(event: Fields): void {
    const { type, index, message, content_block, delta, usage, error } = event
    if (type === 'message_start') this.#start(fieldsOf(message))
    else if (type === 'content_block_start') this.#blocks.set(index, new Block(fieldsOf(content_block)))
    else if (type === 'content_block_delta') {
      this.#last = this.#blocks.get(index)
      this.#last?.add(fieldsOf(delta))
    } else if (type === 'message_delta') {
      this.#ending = fieldsOf(delta)
      this.#usage = mergeUsage(this.#usage, usage)
    } else if (type === 'error') this.#error = error ?? event
  }

  addContent(text: string): void {
    this.#last?.add({ type: 'text_delta', text })
  }

  facts(): Facts {
    const { model } = this.#message
    const { stop_reason } = this.#ending
    return { usage: this.#usage, model, error: this.#error, finishReason: stop_reason }
  }

  readable(): Fields {
    if (this.#message.role === undefined && this.#blocks.size === 0) return {}
    const content = Array.from(this.#blocks.values(), block => block.whole())
    return { message: { ...this.#message, content, ...this.#ending } }
  }

  #start({ usage, ...message }: Fields): void {
    // The output tokens that it reports are not final.
    const { output_tokens: _, ...known } = fieldsOf(usage)
    this.#usage = mergeUsage(this.#usage, known)
    this.#message = message
  }
}

const textFields: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  compaction_delta: 'content',
}

/** One block of the content. */
class Block {
  readonly #start: Fields
  readonly #texts: Record<string, string> = {}
  readonly #citations: unknown[] = []
  #signature: unknown
  #json = ''

  constructor(start: Fields) {
    this.#start = start
  }

  add(delta: Fields): void {
    const { type, partial_json, signature, citation } = delta
    const field = textFields[String(type)]
    const text = field === undefined ? undefined : delta[field]
    if (field !== undefined && typeof text === 'string')
      this.#texts[field] = (this.#texts[field] ?? '') + text
    if (typeof partial_json === 'string') this.#json += partial_json
    if (signature !== undefined) this.#signature = signature
    if (citation !== undefined) this.#citations.push(citation)
  }

  whole(): Fields {
    const whole: Record<string, unknown> = { ...this.#start }
    for (const [field, text] of Object.entries(this.#texts)) {
      const first = whole[field]
      whole[field] = (typeof first === 'string' ? first : '') + text
    }
    if (this.#json !== '') whole.input = inputOf(this.#json)
    if (this.#signature !== undefined) whole.signature = this.#signature
    if (this.#citations.length > 0) whole.citations = this.#citations
    return whole
  }
}

// For a call that was cut off, the text that arrived.
function inputOf(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
