import { type Fields, fieldsOf } from '@runtape/provider'
import type { HttpProvider } from '@runtape/provider/http'
import { generateContent } from './endpoints/generate-content.ts'
import { cancelledInteraction, gotInteraction, interactions } from './endpoints/interactions.ts'
import { embedContent, predict } from './endpoints/whole-answers.ts'
import { usageFromGoogle } from './usage.ts'

const hosts =
  /^(generativelanguage\.googleapis\.com|([\w-]+-)?aiplatform\.googleapis\.com|aiplatform\.[\w-]+\.rep\.googleapis\.com)$/
const modelInUrl = /\/([^/:]+):\w+(?:\?|$)/

/** Whether Google's SDK made a request. */
export const isOfSdk = (headers: Headers): boolean =>
  headers.get('x-goog-api-client')?.includes('google-genai-sdk') === true

/** Gemini’s API and Vertex. */
export const google: HttpProvider = {
  contract: 1,
  name: 'google',
  endpoints: [generateContent, embedContent, predict, interactions, gotInteraction, cancelledInteraction],
  usageOf: usageFromGoogle,
  // Without `alt=sse` it is a JSON list.
  streams: ({ url, body }) =>
    (/:streamGenerateContent\?/.test(url) && /[?&]alt=sse\b/.test(url)) ||
    body.stream === true ||
    body.stream === 'true',
  modelOf: ({ url, body }) => modelInUrl.exec(url)?.[1] ?? modelOf(body),
  speaks: ({ url, headers }) => isOfSdk(headers) || hosts.test(URL.parse(url)?.hostname ?? ''),
}

// For an interaction: a model or an agent.
const modelOf = ({ model, agent }: Fields): unknown => model ?? fieldsOf(agent).name ?? agent
