import { type Fields, modelSpan } from '@runtape/provider'
import type { Endpoint, Fold } from '@runtape/provider/http'

/** `POST /v1/complete`, replaced by messages. It reports no tokens. */
export const complete: Endpoint = {
  path: '/v1/complete',
  definition: modelSpan('anthropic.complete'),
  mayTellNoUsage: true,
  facts: ({ model, stop_reason, error }) => ({ model, finishReason: stop_reason, error: error ?? undefined }),
  events: {
    newFold,
    hasContent: ({ completion }) => typeof completion === 'string' && completion !== '',
    isLast: ({ stop_reason, error }) => typeof stop_reason === 'string' || error !== undefined,
  },
}

function newFold(): Fold {
  let last: Fields = {}
  let text = ''
  let error: unknown
  return {
    add: event => {
      last = event
      error ??= event.error
      if (typeof event.completion === 'string') text += event.completion
    },
    facts: () => ({ model: last.model, finishReason: last.stop_reason, error }),
    readable: () => ({ message: { role: 'assistant', content: text } }),
  }
}
