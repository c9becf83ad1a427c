import { type Facts, type Fields, fieldsOf, isFields, modelSpan } from '@runtape/provider'
import type { Endpoint, Fold } from '@runtape/provider/http'

/** `POST /interactions`. One that runs in the background tells its usage later, to another request. */
export const interactions: Endpoint = {
  path: '/interactions',
  definition: modelSpan('google.interactions'),
  facts: factsOf,
  events: {
    newFold: () => new InteractionFold(),
    hasContent: ({ event_type }) => event_type === 'step.delta' || event_type === 'content.delta',
    isLast: ({ event_type }) => event_type === 'interaction.completed' || event_type === 'error',
  },
}

function factsOf({ usage, model, status, error }: Fields): Facts {
  const failure = error ?? (status === 'failed' ? { message: 'The interaction failed.' } : undefined)
  return { usage, model, finishReason: status, error: failure }
}

class InteractionFold implements Fold {
  #interaction: Fields = {}
  #error: unknown
  #text = ''

  add({ interaction, delta, error }: Fields): void {
    if (isFields(interaction)) this.#interaction = { ...this.#interaction, ...interaction }
    const { type, text } = fieldsOf(delta)
    if (type === 'text' && typeof text === 'string') this.#text += text
    this.#error ??= error
  }

  facts(): Facts {
    const facts = factsOf(this.#interaction)
    return { ...facts, error: this.#error ?? facts.error }
  }

  readable(): Fields {
    return this.#text === '' ? {} : { message: { role: 'model', parts: [{ text: this.#text }] } }
  }
}
