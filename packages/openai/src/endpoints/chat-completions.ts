import type { Facts } from '@runtape/provider'
import { type Fields, modelSpan, objectsIn } from '@runtape/provider'
import type { Endpoint, Fold } from '@runtape/provider/http'
import { eventTemplates } from '@runtape/provider/http'
import { ChunkFolder, hasContent, isTextOnly } from '../fold-chunks.ts'
import { failureIn, mergeUsage, modelIn, usageIn } from '../told-usage.ts'
import { endIn } from '../usage-bytes.ts'

const templateOf = eventTemplates({ content: 'content', texts: ['obfuscation'] })

/** `POST /chat/completions`. */
export const chatCompletions: Endpoint = {
  path: '/chat/completions',
  definition: modelSpan('openai.chat.completions'),
  facts: answer => ({
    usage: usageIn(answer),
    model: modelIn(answer),
    error: failureIn(answer),
    finishReason: objectsIn<{ finish_reason?: unknown }>(answer.choices)[0]?.finish_reason,
  }),
  events: {
    mergeUsage,
    newFold: () => new ChatFold(),
    hasContent,
    template: (chunk, text) => (isTextOnly(chunk) ? templateOf(text) : undefined),
    endIn,
  },
}

class ChatFold implements Fold {
  readonly #folder = new ChunkFolder()
  #usage: unknown
  #model: unknown
  #error: unknown
  #index: unknown

  add(chunk: Fields): void {
    this.#folder.add(chunk)
    this.#usage = mergeUsage(this.#usage, usageIn(chunk))
    this.#model ??= modelIn(chunk)
    this.#error ??= failureIn(chunk)
    this.#index = objectsIn<{ index?: unknown }>(chunk.choices)[0]?.index
  }

  addContent(content: string): void {
    this.#folder.add({ choices: [{ index: this.#index, delta: { content } }] })
  }

  facts(): Facts {
    const finishReason = this.#folder.messages()[0]?.finish_reason
    return { usage: this.#usage, model: this.#model, error: this.#error, finishReason }
  }

  readable(): Fields {
    const choices = this.#folder.messages()
    if (choices.length === 0) return {}
    return choices.length === 1 ? { message: choices[0] } : { choices }
  }
}
