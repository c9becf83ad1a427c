import { memorySink } from '@runtape/testing'
import type { FakeHost, GoogleSubject, HostRequest } from '@runtape/testing/google'
import { googleContract } from '@runtape/testing/vitest'
import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { expect } from 'vitest'
import { googleFetch, instrumentGoogle } from '../src/index.ts'
import { google1, google2, google3 } from './sdks.ts'

const asksModel = ({ method, path }: HostRequest): boolean =>
  method === 'POST' &&
  /(:(generateContent|streamGenerateContent|batchEmbedContents|embedContent|predict)|\/interactions)(\?.*)?$/.test(
    path,
  )

/** In a run of its own, with everything on a tape: whatever asks a model is a call of the run. */
async function recorded<T>(application: () => Promise<T>, host: FakeHost): Promise<T> {
  const tape = memorySink()
  configureTracing({ sink: tape })
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  const seen = await tracker.run(application)
  const calls = tape.events.filter(({ metric }) => metric.startsWith('call:'))
  expect(calls.length).toBeLessThanOrEqual(host.seen.filter(asksModel).length)
  // The run waits for answers that nothing reads: they end when they are garbage-collected.
  const isOpen = tracker.getSummary().durationMs === undefined
  expect(calls.length > 0 || isOpen).toBe(host.seen.some(asksModel))
  return seen
}

const isRecorded = { around: recorded, dispose: () => configureTracing(undefined) }
const instrument = <C extends { readonly models: object }>(client: C): C => instrumentGoogle(client)

const { fetch } = globalThis

/** As `@runtape/google/auto` has it: version 1 takes no `fetch`. */
const byGlobalFetch: Pick<GoogleSubject, 'instrument' | 'around' | 'dispose'> = {
  instrument: client => {
    globalThis.fetch = googleFetch(fetch as never) as typeof fetch
    return client
  },
  around: recorded,
  dispose: () => {
    globalThis.fetch = fetch
    configureTracing(undefined)
  },
}

googleContract(`genai ${google1.version} by its global fetch, instrumented,`, {
  ...google1,
  ...byGlobalFetch,
})
googleContract(`genai ${google2.version}, instrumented,`, { ...google2, instrument, ...isRecorded })
googleContract(`genai ${google3.version}, instrumented,`, { ...google3, instrument, ...isRecorded })
googleContract('a client whose calls nobody records', { ...google3, instrument })
