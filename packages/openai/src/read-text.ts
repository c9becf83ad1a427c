import { type Answer, type AnswerReader, newDecoder } from './read-answer.ts'
import { recordBody } from './recorded-answer.ts'

interface ChatCompletion {
  readonly usage?: unknown
  readonly model?: unknown
  readonly error?: unknown
  readonly choices?: readonly { readonly finish_reason?: unknown }[]
}

/** Reads a body that is one piece: JSON, or whatever a host says instead. */
export class TextReader implements AnswerReader {
  readonly isComplete = false
  readonly #decoder = newDecoder()
  readonly #limit: number
  readonly #parts: string[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  read(chunk: Uint8Array): Uint8Array {
    this.#parts.push(this.#decoder.decode(chunk, { stream: true }))
    return chunk
  }

  finish(): undefined {
    this.#parts.push(this.#decoder.decode())
  }

  answer(): Answer {
    const text = this.#parts.join('')
    const json = jsonOf(text)
    const { usage, model, error, choices } = (json ?? {}) as ChatCompletion
    const tooLarge = text.length > this.#limit
    return {
      recorded: tooLarge ? {} : recordBody(text, json),
      ...(tooLarge && { tooLarge: text.length }),
      usage,
      model,
      error,
      finishReason: Array.isArray(choices) ? choices[0]?.finish_reason : undefined,
      notes: json === undefined ? ['The body is not JSON.'] : [],
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
