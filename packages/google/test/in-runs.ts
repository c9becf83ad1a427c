import type { HostRequest } from '@runtape/testing/google'
import { recordedInRuns } from '@runtape/testing/vitest'
import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { expect } from 'vitest'
import { instrumentGoogle } from '../src/index.ts'

const asksModel = ({ method, path }: HostRequest): boolean =>
  method === 'POST' &&
  /(:(generateContent|streamGenerateContent|batchEmbedContents|embedContent|predict)|\/interactions)(\?.*)?$/.test(
    path,
  )

/** The members of a subject that record its cases: every request to a model is a call of the run. */
export const isRecorded = recordedInRuns({ configureTracing, createTracker }, ({ calls, isOpen }, host) => {
  expect(calls).toBeLessThanOrEqual(host.requests.filter(asksModel).length)
  // The run waits for unread answers, which end when they are garbage-collected.
  expect(calls > 0 || isOpen).toBe(host.requests.some(asksModel))
})
export const instrument = <C extends { readonly models: object }>(client: C): C => instrumentGoogle(client)
