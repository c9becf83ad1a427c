import type { GoogleGenAI } from '@google/genai'
import type { FakeHost } from '../host/fake-host.ts'
import type { GoogleBehaviour, GoogleSdk } from './case.ts'
import { collect, observedError, outcome, question } from './observations.ts'

/** A behaviour in the types of one version of the SDK. */
export interface Behaviour extends GoogleBehaviour {
  observe(client: GoogleGenAI, sdk: GoogleSdk, host: FakeHost): Promise<unknown>
}

/** Two attempts, a millisecond apart if the version supports it; versions before 2 wait for seconds. */
export const quickRetries = { attempts: 2, initialDelay: 0.001, maxDelay: 0.001 }

export const answerOf = (client: GoogleGenAI) =>
  outcome(client.models.generateContent(question).then(withoutDates))
export const readStream = async (client: GoogleGenAI) =>
  withoutDates(await collect(await client.models.generateContentStream(question)))
export const answerOrStream = async (client: GoogleGenAI) => ({
  whole: await answerOf(client),
  streamed: await readStream(client).catch(observedError),
})

/** The SDK's answer, which contains the response headers, without their times. */
export function withoutDates<T>(seen: T): T {
  if (typeof seen !== 'object' || seen === null) return seen
  const { sdkHttpResponse } = seen as { sdkHttpResponse?: { headers?: Record<string, string> } }
  delete sdkHttpResponse?.headers?.date
  for (const part of Array.isArray(seen) ? seen : Object.values(seen))
    if (Array.isArray(part)) part.map(withoutDates)
  if ('items' in seen && Array.isArray(seen.items)) seen.items.map(withoutDates)
  return seen
}
