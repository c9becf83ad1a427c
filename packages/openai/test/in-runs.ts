import { memorySink } from '@runtape/testing'
import type { FakeHost, HostRequest, OpenAISdk, OpenAISubject } from '@runtape/testing/openai'
import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { expect } from 'vitest'
import { instrumentOpenAI, type OpenAIClient } from '../src/index.ts'

/** Whether the request is a call of a model. */
export const asksModel = ({ method, path }: HostRequest): boolean =>
  method === 'POST' &&
  /\/(completions|responses|embeddings|moderations|images\/\w+|audio\/\w+)(\?.*)?$/.test(path)

/** In a run of its own, with everything on a tape: whatever asks a model is a call of the run. */
async function recorded<T>(application: () => Promise<T>, host: FakeHost): Promise<T> {
  const tape = memorySink()
  configureTracing({ sink: tape })
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  const seen = await tracker.run(application)
  const calls = tape.events.filter(({ metric }) => metric.startsWith('call:'))
  expect(calls.length > 0).toBe(host.seen.some(asksModel))
  return seen
}

const dispose = () => configureTracing(undefined)

/** Instrumented, in a run of its own each. */
export const inRuns = <C extends OpenAIClient>(sdk: OpenAISdk<C>): OpenAISubject<C> => ({
  ...sdk,
  instrument: client => instrumentOpenAI(client),
  around: recorded,
  dispose,
})
