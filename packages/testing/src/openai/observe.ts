import type OpenAI from 'openai'
import type { FakeHost } from '../host/fake-host.ts'
import type { OpenAIBehaviour, OpenAISdk } from './case.ts'
import { collect, observedError, outcome, question, streamed } from './observations.ts'

/** A behaviour in the types of one version of the SDK. */
export interface Behaviour extends OpenAIBehaviour {
  observe(client: OpenAI, sdk: OpenAISdk, host: FakeHost): Promise<unknown>
}

/** Headers that make the SDK retry after a millisecond. */
export const soon = { 'retry-after-ms': '1' }

export const readStream = async (client: OpenAI) => collect(await client.chat.completions.create(streamed))
export const answerOf = (client: OpenAI) => outcome(client.chat.completions.create(question))
export const answerOrStream = async (client: OpenAI) => ({
  whole: await answerOf(client),
  streamed: await readStream(client).catch(observedError),
})

export const pathOf = ({ url }: Response): string => (url === '' ? '' : new URL(url).pathname)
