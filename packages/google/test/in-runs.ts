import { memorySink } from '@runtape/testing'
import type { FakeHost, HostRequest } from '@runtape/testing/google'
import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { expect } from 'vitest'
import { instrumentGoogle } from '../src/index.ts'

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

/** The members of a subject that record what its cases do. */
export const isRecorded = { around: recorded, dispose: () => configureTracing(undefined) }
export const instrument = <C extends { readonly models: object }>(client: C): C => instrumentGoogle(client)
