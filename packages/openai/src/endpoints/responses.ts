import {
  type BackgroundAnswer,
  type Facts,
  type Fields,
  fieldsOf,
  isFields,
  laterAnswer,
  modelSpan,
} from '@runtape/provider'
import type { Endpoint, Fold } from '@runtape/provider/http'
import { eventTemplates } from '@runtape/provider/http'
import { errorIn, isLastEvent, isPiece } from './typed-events.ts'

const templateOf = eventTemplates({
  content: 'delta',
  texts: ['obfuscation'],
  numbers: ['sequence_number'],
})
const textDelta = 'response.output_text.delta'
const argumentsDelta = 'response.function_call_arguments.delta'

/** `POST /responses`. */
export const responses: Endpoint = {
  path: '/responses',
  definition: modelSpan('openai.responses'),
  facts: factsOf,
  events: {
    newFold: () => new ResponseFold(),
    hasContent: isPiece,
    isLast: isLastEvent,
    template: (event, text) => (event.type === textDelta ? templateOf(text) : undefined),
  },
}

/** `POST /responses/compact`: a conversation shortened by the model. */
export const compactedResponses: Endpoint = {
  ...responses,
  path: '/responses/compact',
  definition: modelSpan('openai.responses.compact'),
}

/** `GET /responses/{id}`: a background response, whole or from an event on. */
export const retrievedResponse: Endpoint = {
  ...responses,
  path: /\/responses\/([^/]+)$/,
  method: 'GET',
  follows: true,
  definition: modelSpan('openai.responses.retrieve'),
}

/** `POST /responses/{id}/cancel`. */
export const cancelledResponse: Endpoint = {
  ...responses,
  path: /\/responses\/([^/]+)\/cancel$/,
  follows: true,
  definition: modelSpan('openai.responses.cancel'),
}

function factsOf(response: Fields): Facts {
  const { usage, model, status, error, incomplete_details } = response
  const { reason } = fieldsOf(incomplete_details)
  return {
    usage,
    model,
    finishReason: reason ?? status,
    error: error ?? undefined,
    background: backgroundOf(response),
  }
}

// A host that does not mark others starts only these with `queued`.
function backgroundOf({ id, status, background }: Fields): BackgroundAnswer | undefined {
  if (typeof id !== 'string' || id === '' || typeof status !== 'string') return undefined
  const isQueued = status === 'queued'
  const isFinal = !isQueued && status !== 'in_progress'
  return { id, isFinal, isTold: background === true || isQueued, isCancelled: status === 'cancelled' }
}

class ResponseFold implements Fold {
  readonly #texts: string[] = []
  // Of tool calls, by item.
  readonly #arguments = new Map<unknown, string>()
  #response: Fields = {}
  #background: BackgroundAnswer | undefined
  #isLast = false
  #error: unknown

  add(event: Fields): void {
    if (isFields(event.response)) {
      this.#response = event.response
      this.#background = laterAnswer(this.#background, backgroundOf(event.response))
    }
    if (isLastEvent(event)) this.#isLast = true
    const { type, delta } = event
    if (typeof delta === 'string') this.#addDelta(String(type), delta, event.item_id)
    this.#error ??= errorIn(event) ?? undefined
  }

  addContent(content: string): void {
    this.#texts.push(content)
  }

  facts(): Facts {
    const facts = factsOf(this.#response)
    return { ...facts, error: this.#error ?? facts.error, background: this.#background }
  }

  readable(): Fields {
    if (this.#isLast && Array.isArray(this.#response.output)) return { output: this.#response.output }
    const text = this.#texts.join('')
    const message = text === '' ? [] : [{ type: 'message', content: [{ type: 'output_text', text }] }]
    const calls = Array.from(this.#arguments.values(), json => ({ type: 'function_call', arguments: json }))
    const output = [...message, ...calls]
    return output.length === 0 ? {} : { output }
  }

  #addDelta(type: string, delta: string, item: unknown): void {
    if (type === textDelta) this.#texts.push(delta)
    if (type === argumentsDelta) this.#arguments.set(item, (this.#arguments.get(item) ?? '') + delta)
  }
}
