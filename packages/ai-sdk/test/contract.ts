import { memorySink, replayCalls } from '@runtape/testing'
import { type FakeHost, failure, type HostRequest, startFakeOpenAI } from '@runtape/testing/openai'
import { configureTracing, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Case, Given } from './cases/case.ts'
import { casesOf } from './cases/cases.ts'
import { bare, instrumented } from './given.ts'
import { loadSdk, type Sdk, versionOf } from './sdks.ts'

/** An application sees the same of the AI SDK with our middleware, and again in a replay. */
export function aiSdkContract(major: Sdk['major']): void {
  describe(`ai ${versionOf(major)}, instrumented,`, () => {
    let sdk: Sdk
    let host: FakeHost
    beforeAll(async () => {
      sdk = await loadSdk(major)
      host = await startFakeOpenAI()
      vi.spyOn(console, 'warn').mockImplementation(() => {})
      vi.spyOn(console, 'error').mockImplementation(() => {})
    })
    afterAll(() => host.close())
    afterEach(() => configureTracing(undefined))

    test.each(casesOf(major))('$title', async one => {
      const expected = await observed(one, bare(sdk, host))
      if (!one.isSilent) expect(expected.requests).not.toEqual([])
      expect(await observed(one, instrumented(sdk, host)), 'recorded by nothing').toEqual(expected)
      const { seen, spans } = await recorded(one, instrumented(sdk, host))
      expect(seen).toEqual(expected)
      if (one.unlikeInReplay === undefined) {
        host.answer(failure(500, 'No request may come here.'))
        const again = traced('test.see', async () => one.observe(instrumented(sdk, host)))
        const { result } = await replayCalls(spans, again)
        expect(result, 'in a replay').toEqual(expected.seen)
        expect(host.requests, 'in a replay').toEqual([])
      }
    })
  })
}

async function observed({ reply, observe }: Case, given: Given) {
  given.host.answer(reply)
  const seen = await observe(given)
  return { seen, requests: given.host.requests.map(observedRequest) }
}

const observedRequest = ({ method, path, headers, body }: HostRequest): unknown => ({
  method,
  path,
  accept: headers.accept,
  agent: headers['user-agent'],
  body,
})

/** In its own run, with everything on a tape. */
async function recorded(one: Case, given: Given) {
  const tape = memorySink()
  configureTracing({ sink: tape })
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  const seen = await tracker.run(async () => observed(one, given))
  // A failed call may be retried for a while.
  const isRecorded = () =>
    expect(tape.calls.length > 0).toBe(!one.staysOpen && given.host.requests.length > 0)
  await vi.waitFor(isRecorded, { timeout: 20_000, interval: 20 })
  return { seen, spans: tape.calls }
}
