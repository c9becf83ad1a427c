import { type Facts, type Fields, fieldsOf, modelSpan } from '@runtape/provider'
import { type Endpoint, eventTemplates } from '@runtape/provider/http'
import { MessageFold, mergeUsage } from './message-fold.ts'

const textTemplates = eventTemplates({ content: 'text', isPadded: true })

/** `POST /v1/messages`, including the beta namespace. */
export const messages: Endpoint = {
  path: '/v1/messages',
  definition: modelSpan('anthropic.messages'),
  facts: factsOf,
  events: {
    newFold: () => new MessageFold(),
    mergeUsage,
    hasContent,
    template: ({ delta }, text) => (fieldsOf(delta).type === 'text_delta' ? textTemplates(text) : undefined),
    isLast: ({ type }) => type === 'message_stop' || type === 'error',
  },
}

/** The same on Vertex, where the path names the model. */
export const vertexMessages: Endpoint = {
  ...messages,
  path: /\/publishers\/anthropic\/models\/[^/]+:(stream)?[rR]awPredict$/,
}

function factsOf({ usage, model, stop_reason, error }: Fields): Facts {
  return { usage, model, finishReason: stop_reason, error: error ?? undefined }
}

// A block of text or thinking starts empty.
function hasContent({ type, content_block }: Fields): boolean {
  if (type === 'content_block_delta') return true
  const kind = fieldsOf(content_block).type
  return type === 'content_block_start' && kind !== 'text' && kind !== 'thinking'
}
