import type OpenAI from 'openai'
import type { APIError } from 'openai'
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions'
import type { Reply } from '../fake-openai.ts'
import type { Sdk } from '../sdks.ts'

/** What an application does with the SDK, and what it sees of it. */
export interface Behaviour {
  readonly title: string
  readonly reply: Reply
  see(client: OpenAI, sdk: Sdk): Promise<unknown>
}

export const question: ChatCompletionCreateParamsNonStreaming = {
  model: 'gpt-test',
  messages: [{ role: 'user', content: 'Wie spät ist es?' }],
}
export const streamed = { ...question, stream: true } as const
/** For a host that refuses `stream_options`. */
export const refusing = { ...streamed, model: 'gpt-refusing' }
// Two retries, with waits of a millisecond.
export const soon = { 'retry-after-ms': '1' }

/** What an application can tell of an error. */
function errorSeen(error: unknown): unknown {
  const { name, constructor, message, status, code, type, requestID, cause } = error as APIError
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return { class: constructor.name, name, message, status, code, type, requestID, because }
}

export async function outcome<T>(promise: PromiseLike<T>): Promise<unknown> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error: errorSeen(error) }
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error?: unknown }> {
  const seen: T[] = []
  try {
    for await (const item of items) seen.push(item)
  } catch (error) {
    return { items: seen, error: errorSeen(error) }
  }
  return { items: seen }
}

export const readStream = async (client: OpenAI) => collect(await client.chat.completions.create(streamed))
export const answerOf = (client: OpenAI) => outcome(client.chat.completions.create(question))
export const answerOrStream = async (client: OpenAI) => ({
  whole: await answerOf(client),
  streamed: await readStream(client).catch(errorSeen),
})

export const pathOf = ({ url }: Response): string => (url === '' ? '' : new URL(url).pathname)
