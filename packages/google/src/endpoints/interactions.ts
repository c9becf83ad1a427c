import {
  type BackgroundAnswer,
  type Facts,
  type Fields,
  fieldsOf,
  isFields,
  modelSpan,
} from '@runtape/provider'
import type { Endpoint, Fold } from '@runtape/provider/http'

/** `POST /interactions`. */
export const interactions: Endpoint = {
  path: '/interactions',
  definition: modelSpan('google.interactions'),
  facts: answer => ({ ...factsOf(answer), background: backgroundOf(answer) }),
  events: {
    newFold: () => new InteractionFold(),
    hasContent: ({ event_type }) => event_type === 'step.delta' || event_type === 'content.delta',
    isLast: ({ event_type }) => event_type === 'interaction.completed' || event_type === 'error',
  },
}

/** `GET /interactions/{id}`: a background interaction, whole or from an event on. */
export const gotInteraction: Endpoint = {
  ...interactions,
  path: /\/interactions\/([^/]+)$/,
  method: 'GET',
  follows: true,
  definition: modelSpan('google.interactions.get'),
}

/** `POST /interactions/{id}/cancel`. */
export const cancelledInteraction: Endpoint = {
  ...interactions,
  path: /\/interactions\/([^/]+)\/cancel$/,
  follows: true,
  definition: modelSpan('google.interactions.cancel'),
}

function factsOf({ usage, model, status, error }: Fields): Facts {
  const failure = error ?? (status === 'failed' ? { message: 'The interaction failed.' } : undefined)
  return { usage, model, finishReason: status, error: failure }
}

/**
 * A whole answer that is in progress belongs to a background interaction. For other answers, and streams, the request shows it.
 */
function backgroundOf({ id, status, usage }: Fields, isWhole = true): BackgroundAnswer | undefined {
  if (typeof id !== 'string' || id === '' || typeof status !== 'string') return undefined
  const isFinal = status !== 'in_progress'
  const isTold = isWhole && !isFinal && !isFields(usage)
  return { id, isFinal, isTold, isCancelled: status === 'cancelled' }
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
    const background = backgroundOf(this.#interaction, false)
    return { ...facts, error: this.#error ?? facts.error, background }
  }

  readable(): Fields {
    return this.#text === '' ? {} : { message: { role: 'model', parts: [{ text: this.#text }] } }
  }
}
