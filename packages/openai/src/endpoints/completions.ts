import type { Facts } from '@runtape/provider'
import { type Fields, modelSpan, objectsIn } from '@runtape/provider'
import type { Endpoint, Fold } from '@runtape/provider/http'
import { failureIn, mergeUsage, modelIn, usageIn } from '../told-usage.ts'
import { endIn } from '../usage-bytes.ts'
import { chatCompletions } from './chat-completions.ts'

interface TextChoice {
  readonly index?: unknown
  readonly text?: unknown
  readonly finish_reason?: unknown
}

const choicesOf = ({ choices }: Fields) => objectsIn<TextChoice>(choices)

/** `POST /completions`, the older endpoint for continuing a text. */
export const completions: Endpoint = {
  path: '/completions',
  definition: modelSpan('openai.completions'),
  facts: chatCompletions.facts,
  events: {
    mergeUsage,
    newFold: () => new TextFold(),
    hasContent: chunk => choicesOf(chunk).some(({ text }) => typeof text === 'string' && text !== ''),
    endIn,
  },
}

class TextFold implements Fold {
  readonly #choices = new Map<unknown, { text: string; finish_reason: unknown }>()
  #facts: Facts = {}

  add(chunk: Fields): void {
    for (const choice of choicesOf(chunk)) this.#addChoice(choice)
    const { usage, model, error } = this.#facts
    this.#facts = {
      usage: mergeUsage(usage, usageIn(chunk)),
      model: model ?? modelIn(chunk),
      error: error ?? failureIn(chunk),
    }
  }

  facts(): Facts {
    const [first] = this.#choices.values()
    return { ...this.#facts, finishReason: first?.finish_reason }
  }

  readable(): Fields {
    return this.#choices.size === 0 ? {} : { choices: [...this.#choices.values()] }
  }

  #addChoice({ index, text, finish_reason }: TextChoice): void {
    const choice = this.#choices.get(index) ?? { text: '', finish_reason: null }
    this.#choices.set(index, choice)
    if (typeof text === 'string') choice.text += text
    if (finish_reason !== undefined && finish_reason !== null) choice.finish_reason = finish_reason
  }
}
