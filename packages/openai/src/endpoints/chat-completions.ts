import { defineSpan } from '@runtape/trace'
import { ChunkFolder, hasContent, isUsageOnly } from '../fold-chunks.ts'
import { type Endpoint, type Facts, type Fields, type Fold, objectsIn, type Readable } from './endpoint.ts'
import { PlainDeltas } from './plain-deltas.ts'

/** `POST /chat/completions`. */
export const chatCompletions: Endpoint = {
  path: '/chat/completions',
  definition: defineSpan('openai.chat.completions', { type: 'model' }),
  asksForUsage: true,
  facts: ({ usage, model, error, choices }) => ({
    usage,
    model,
    error,
    finishReason: objectsIn<{ finish_reason?: unknown }>(choices)[0]?.finish_reason,
  }),
  newFold: () => new ChatFold(),
  hasContent,
  isUsageOnly,
}

class ChatFold implements Fold {
  readonly #folder = new ChunkFolder()
  readonly #deltas = new PlainDeltas()
  #isExact = true
  #usage: unknown
  #model: unknown
  #error: unknown

  add(chunk: Fields, text: string): void {
    this.#addDeltas()
    this.#folder.add(chunk)
    if (typeof chunk.usage === 'object' && chunk.usage !== null) this.#usage = chunk.usage
    this.#model ??= chunk.model
    this.#error ??= chunk.error
    this.#deltas.learn(text)
  }

  isExact(): boolean {
    this.#addDeltas()
    return this.#isExact
  }

  skim(text: string, at: number): number {
    return this.#deltas.take(text, at)
  }

  facts(): Facts {
    const finishReason = this.#messages()[0]?.finish_reason
    return { usage: this.#usage, model: this.#model, error: this.#error, finishReason }
  }

  readable(): Readable {
    const choices = this.#messages()
    if (choices.length === 0) return {}
    return choices.length === 1 ? { message: choices[0] } : { choices }
  }

  #messages() {
    this.#addDeltas()
    return this.#folder.messages()
  }

  #addDeltas(): void {
    const content = this.#deltas.flush()
    if (content === undefined) this.#isExact = false
    else if (content !== '') this.#folder.add({ choices: [{ index: 0, delta: { content } }] })
  }
}
