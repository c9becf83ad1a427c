import type OpenAI from 'openai'
import type { APIError } from 'openai'
import { collectAs, outcomeAs } from '../host/settled.ts'
import { type OpenAIBehaviour, type OpenAISdk, refusingModel } from './case.ts'

/** A behaviour as it is written here: in the types of one version of the SDK. */
export interface Behaviour extends OpenAIBehaviour {
  see(client: OpenAI, sdk: OpenAISdk): Promise<unknown>
}

/** A question for `chat.completions.create`. */
export const question = {
  model: 'gpt-test',
  messages: [{ role: 'user' as const, content: 'Wie spät ist es?' }],
}

/** The question whose answer is to be streamed. */
export const streamed = { ...question, stream: true } as const

/** The same for a host that refuses `stream_options`. */
export const refusing = { ...streamed, model: refusingModel }

/** Headers after which the SDK tries again in a millisecond. */
export const soon = { 'retry-after-ms': '1' }

function errorSeen(error: unknown): unknown {
  const { name, constructor, message, status, code, type, requestID, cause } = error as APIError
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return { class: constructor.name, name, message, status, code, type, requestID, because }
}

/** What a promise of the SDK came to: its value, or what an application can tell of its error. */
export const outcome = outcomeAs(errorSeen)

/** Reads a stream of the SDK to its end: its items, and what an application can tell of the error that ended it. */
export const collect = collectAs(errorSeen)

export const readStream = async (client: OpenAI) => collect(await client.chat.completions.create(streamed))
export const answerOf = (client: OpenAI) => outcome(client.chat.completions.create(question))
export const answerOrStream = async (client: OpenAI) => ({
  whole: await answerOf(client),
  streamed: await readStream(client).catch(errorSeen),
})

export const pathOf = ({ url }: Response): string => (url === '' ? '' : new URL(url).pathname)
