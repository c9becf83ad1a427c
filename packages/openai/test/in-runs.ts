import type { HostRequest, OpenAISdk, OpenAISubject } from '@runtape/testing/openai'
import { recordedInRuns } from '@runtape/testing/vitest'
import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { expect } from 'vitest'
import { instrumentOpenAI, type OpenAIClient } from '../src/index.ts'

/** Whether the request calls a model. */
export const asksModel = ({ method, path }: HostRequest): boolean =>
  method === 'POST' &&
  /\/(completions|responses|embeddings|moderations|images\/\w+|audio\/\w+)(\?.*)?$/.test(path)

/** Every request to a model is a call of the run. */
const recorded = recordedInRuns({ configureTracing, createTracker }, ({ calls }, host) =>
  expect(calls > 0).toBe(host.requests.some(asksModel)),
)

/** Instrumented, each in a separate run. */
export const inRuns = <C extends OpenAIClient>(sdk: OpenAISdk<C>): OpenAISubject<C> => ({
  ...sdk,
  instrument: client => instrumentOpenAI(client),
  ...recorded,
})
