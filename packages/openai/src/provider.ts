import type { HttpProvider } from '@runtape/provider/http'
import { audio } from './endpoints/audio.ts'
import { chatCompletions } from './endpoints/chat-completions.ts'
import { completions } from './endpoints/completions.ts'
import { embeddings } from './endpoints/embeddings.ts'
import { images } from './endpoints/images.ts'
import { cancelledResponse, compactedResponses, responses, retrievedResponse } from './endpoints/responses.ts'
import { endpointAt } from './endpoints/whole-answers.ts'
import { openaiHosts } from './hosts.ts'
import { ranBy } from './ran-by.ts'
import { usageFromOpenAI } from './usage.ts'

const keptHeaders: ReadonlySet<string> = new Set([
  'x-request-id',
  'apim-request-id',
  'openai-model',
  'openai-version',
  'openai-processing-ms',
])

/** OpenAI, Azure, and hosts with their wire format. */
export const openai: HttpProvider = {
  contract: 1,
  name: 'openai',
  endpoints: [
    chatCompletions,
    responses,
    compactedResponses,
    retrievedResponse,
    cancelledResponse,
    completions,
    embeddings,
    endpointAt('/moderations', { mayTellNoUsage: true }),
    ...images,
    ...audio,
  ],
  requestIdHeaders: ['x-request-id', 'apim-request-id'],
  usageOf: usageFromOpenAI,
  ranBy,
  keepsHeader: name => keptHeaders.has(name) || name.startsWith('x-ratelimit-'),
  streams: ({ body: { stream, stream_format } }) =>
    stream === true || stream === 'true' || stream_format === 'sse',
  // A path alone may belong to any service: the host must be known, or the SDK must have signed the request.
  speaks: ({ url, headers }) =>
    headers.has('x-stainless-lang') ||
    headers.has('x-stainless-package-version') ||
    openaiHosts.test(URL.parse(url)?.hostname ?? ''),
}
