import type { AnthropicSdk, AnthropicSubject, HostRequest } from '@runtape/testing/anthropic'
import { recordedInRuns } from '@runtape/testing/vitest'
import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { expect } from 'vitest'
import { type AnthropicClient, instrumentAnthropic } from '../src/index.ts'

/** Whether the request calls a model. */
export const asksModel = ({ method, path }: HostRequest): boolean =>
  method === 'POST' && /\/v1\/messages(\?.*)?$/.test(path)

/** Every request to a model is a call of the run. */
const recorded = recordedInRuns({ configureTracing, createTracker }, ({ calls }, host) =>
  expect(calls > 0).toBe(host.requests.some(asksModel)),
)

/** Instrumented, each in a separate run. */
export const inRuns = <C extends AnthropicClient>(sdk: AnthropicSdk<C>): AnthropicSubject<C> => ({
  ...sdk,
  instrument: client => instrumentAnthropic(client),
  ...recorded,
})
