import type Anthropic from '@anthropic-ai/sdk'
import type { FakeHost } from '../host/fake-host.ts'
import type { AnthropicBehaviour, AnthropicSdk } from './case.ts'
import { collect, observedError, outcome, question, streamed } from './observations.ts'

/** A behaviour in the types of one version of the SDK. */
export interface Behaviour extends AnthropicBehaviour {
  observe(client: Anthropic, sdk: AnthropicSdk, host: FakeHost): Promise<unknown>
}

/** Headers that make the SDK retry after a millisecond. */
export const soon = { 'retry-after-ms': '1' }

export const answerOf = (client: Anthropic) => outcome(client.messages.create(question))
export const readStream = async (client: Anthropic) => collect(await client.messages.create(streamed))
export const answerOrStream = async (client: Anthropic) => ({
  whole: await answerOf(client),
  streamed: await readStream(client).catch(observedError),
})

/** Everything that the stream helper emits: its events in order, and its final message. */
export async function readHelper(helper: Helper): Promise<unknown> {
  const heard: unknown[] = []
  for (const name of ['connect', 'text', 'inputJson', 'thinking', 'contentBlock', 'message', 'end'])
    helper.on(name, (...told) => void heard.push([name, ...structuredClone(told.slice(0, 2))]))
  const final = await outcome(helper.finalMessage())
  return { heard, final, ended: helper.ended, errored: helper.errored, aborted: helper.aborted }
}

interface Helper {
  on(event: string, listener: (...told: unknown[]) => void): unknown
  finalMessage(): Promise<unknown>
  readonly ended: boolean
  readonly errored: boolean
  readonly aborted: boolean
}

/** The SDK's stream helpers name each event by its type. */
export const helperOf = (stream: object): Helper => stream as Helper

export const pathOf = ({ url }: Response): string => (url === '' ? '' : new URL(url).pathname)
