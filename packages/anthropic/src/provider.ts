import type { HttpProvider } from '@runtape/provider/http'
import { complete } from './endpoints/complete.ts'
import { messages, vertexMessages } from './endpoints/messages.ts'
import { usageFromAnthropic } from './usage.ts'

const onVertex = /\/models\/([^/:?]+):(stream)?[rR]awPredict/

/** Anthropic's API, including proxies and Vertex. */
export const anthropic: HttpProvider = {
  contract: 1,
  name: 'anthropic',
  endpoints: [messages, vertexMessages, complete],
  requestIdHeaders: ['request-id'],
  usageOf: usageFromAnthropic,
  keepsHeader: name => name === 'request-id' || name.startsWith('anthropic-ratelimit-'),
  streams: ({ url, body }) => body.stream === true || onVertex.exec(url)?.[2] !== undefined,
  modelOf: ({ url, body }) => body.model ?? onVertex.exec(url)?.[1],
  // Every request to the API must have its version here or in its body.
  speaks: ({ headers, url }) => headers.has('anthropic-version') || onVertex.test(url),
}
