import { tapFetch } from '@runtape/openai'
import { createRecorder } from '@runtape/recorder'
import { replay } from '@runtape/replay'
import { memoryStore } from '@runtape/testing'
import { type FakeHost, failure, startFakeOpenAI } from '@runtape/testing/openai'
import { configureTracing, traced } from '@runtape/trace'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Fetch, instrumented } from './given.ts'
import { hostOf, type Program, programs, run } from './random-program.ts'
import { loadSdk, type Sdk, versionOf } from './sdks.ts'

/** The law: an unchanged program replays identically without requests. A tap below records the embeddings of ai 5. */
export function keepsTheLaw(major: Sdk['major']): void {
  describe(`a program on ai ${versionOf(major)}`, () => {
    let sdk: Sdk
    let host: FakeHost
    beforeAll(async () => {
      sdk = await loadSdk(major)
      host = await startFakeOpenAI()
      vi.spyOn(console, 'warn').mockImplementation(() => {})
      vi.spyOn(console, 'error').mockImplementation(() => {})
    })
    afterAll(async () => {
      configureTracing(undefined)
      await host.close()
    })

    test('replays identically from the tape alone', async () => {
      await fc.assert(
        fc.asyncProperty(programs, async program => {
          expect(await lawProblems(program)).toEqual([])
        }),
        { numRuns: 25 },
      )
    }, 300_000)

    async function lawProblems(program: Program): Promise<unknown[]> {
      const store = memoryStore()
      const recorder = createRecorder({ store, logger: { warn: () => {} } })
      const given = instrumented(sdk, host, tapFetch() as Fetch)
      const losers: Promise<unknown>[] = []
      configureTracing({ sink: recorder })
      const root = traced('test.program', async () => run(program, given, losers))
      host.answer(hostOf())
      const recorded = await root()
      await Promise.allSettled(losers)
      await new Promise(resolve => setTimeout(resolve, 20))
      await recorder.close()
      host.answer(failure(500, 'No request may come here.'))
      const { items } = await replay(root, { store, mock: 'all', itemTimeoutMs: 8_000 })
      const [item] = items
      const problems: unknown[] = []
      if (item?.outcome !== 'same')
        problems.push({ recorded, now: item?.result, error: item?.error, outcome: item?.outcome })
      const { drifted = [], missed = [] } = item?.mocks ?? {}
      if (drifted.length + missed.length > 0) problems.push({ drifted, missed })
      if (host.requests.length > 0) problems.push({ asked: host.requests.map(({ text }) => text) })
      return problems
    }
  })
}
