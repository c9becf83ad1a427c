import { defineSpan } from '@runtape/trace'
import {
  type Endpoint,
  type Facts,
  type Fields,
  type Fold,
  fieldsOf,
  isFields,
  type Readable,
} from './endpoint.ts'
import { errorIn, isLastEvent, isPiece } from './typed-events.ts'

/** `POST /responses`. */
export const responses: Endpoint = {
  path: '/responses',
  definition: defineSpan('openai.responses', { type: 'model' }),
  facts: factsOf,
  newFold: () => new ResponseFold(),
  hasContent: isPiece,
  isLast: isLastEvent,
}

/** `POST /responses/compact`: a conversation made shorter by the model. */
export const compactedResponses: Endpoint = {
  ...responses,
  path: '/responses/compact',
  definition: defineSpan('openai.responses.compact', { type: 'model' }),
}

function factsOf({ usage, model, status, error, incomplete_details }: Fields): Facts {
  const { reason } = fieldsOf(incomplete_details)
  return { usage, model, finishReason: reason ?? status, error: error ?? undefined }
}

const textDelta = 'event: response.output_text.delta\n'

class ResponseFold implements Fold {
  readonly #skimmed: string[] = []
  #response: Fields = {}
  #isLast = false
  #error: unknown

  add(event: Fields, text: string): void {
    if (isFields(event.response)) this.#response = event.response
    if (isLastEvent(event)) this.#isLast = true
    if (event.type === 'response.output_text.delta') this.#skimmed.push(text)
    this.#error ??= errorIn(event) ?? undefined
  }

  // The last event holds the whole text again, so its pieces need no look.
  skim(text: string, at: number): number {
    if (!text.startsWith(textDelta, at)) return -1
    const end = text.indexOf('\n\n', at)
    if (end === -1) return -1
    this.#skimmed.push(text.slice(at, end))
    return end + 2
  }

  facts(): Facts {
    const facts = factsOf(this.#response)
    return { ...facts, error: this.#error ?? facts.error }
  }

  readable(): Readable {
    if (this.#isLast && Array.isArray(this.#response.output)) return { output: this.#response.output }
    const text = this.#skimmed.map(deltaOf).join('')
    return text === '' ? {} : { output: [{ type: 'message', content: [{ type: 'output_text', text }] }] }
  }
}

function deltaOf(event: string): string {
  try {
    const { delta } = fieldsOf(JSON.parse(event.slice(event.indexOf('data:') + 5)))
    return typeof delta === 'string' ? delta : ''
  } catch {
    return ''
  }
}
