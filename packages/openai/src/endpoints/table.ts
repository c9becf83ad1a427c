import { audio } from './audio.ts'
import { chatCompletions } from './chat-completions.ts'
import { completions } from './completions.ts'
import type { Endpoint } from './endpoint.ts'
import { images } from './images.ts'
import { compactedResponses, responses } from './responses.ts'
import { endpointAt } from './whole-answers.ts'

/** Every endpoint that calls a model. What is not in here passes untouched. */
const endpoints: readonly Endpoint[] = [
  chatCompletions,
  responses,
  compactedResponses,
  completions,
  endpointAt('/embeddings'),
  endpointAt('/moderations', { mayTellNoUsage: true }),
  ...images,
  ...audio,
]

/** The endpoint that this request goes to, by the end of its path: hosts differ in what comes before it. */
export function endpointOf(method: string | undefined, url: string): Endpoint | undefined {
  if (method !== 'POST' && method?.toUpperCase() !== 'POST') return undefined
  const path = pathOf(url)
  return endpoints.find(endpoint => path.endsWith(endpoint.path))
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}
