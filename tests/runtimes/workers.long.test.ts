// What holds in Node holds in Cloudflare's workerd, where frames cannot be entered and left (no `enterWith`).
import { replay } from '@runtape/replay'
import { memorySink, memoryStore } from '@runtape/testing'
import { anthropicContractCases } from '@runtape/testing/anthropic'
import { type HostRequest, type Instrumentation, openaiContractCases } from '@runtape/testing/openai'
import { createTracer } from '@runtape/trace'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as anthropic from '../../packages/anthropic/test/in-runs.ts'
import * as openai from '../../packages/openai/test/in-runs.ts'
import { type Program, programs, runProgram } from '../../packages/replay/test/random-program.ts'
import { anthropicCase } from '../../packages/testing/src/anthropic/case.ts'
import { openaiCase } from '../../packages/testing/src/openai/case.ts'
import type { AskedCase, RecordedProgram, SeenCase } from './support/asked.ts'
import { startWorkerd, type Workerd } from './support/workerd.ts'

let workerd: Workerd
beforeAll(async () => {
  workerd = await startWorkerd(new URL('worker.ts', import.meta.url))
})
afterAll(() => workerd.close())

/** A placeholder for the client in the worker. */
class RemoteClient {
  readonly baseURL: string
  readonly isInstrumented: boolean

  constructor({ baseURL, isInstrumented = false }: { baseURL: string; isInstrumented?: boolean }) {
    this.baseURL = baseURL
    this.isInstrumented = isInstrumented
  }
}

let calls = 0

/** What the application in the worker sees of its client. */
const observeInWorker = (vendor: AskedCase['vendor'], title: string) => async (client: object) => {
  const { baseURL, isInstrumented } = client as RemoteClient
  const seen = await workerd.ask<SeenCase>({ vendor, title, baseURL, isInstrumented })
  calls = seen.calls
  return seen.seen
}

/** Instrumented, in a run: every request to a model is a call of the run. */
const instrumentation = (asksModel: (request: HostRequest) => boolean): Instrumentation => ({
  instrument: client => new RemoteClient({ ...(client as RemoteClient), isInstrumented: true }),
  around: async (application, host) => {
    const seen = await application()
    expect(calls > 0).toBe(host.requests.some(asksModel))
    return seen
  },
})

// It inspects the host.
const runs = ({ title, needs }: { title: string; needs?: string }) =>
  !needs && title !== 'an abort before the answer'

describe('openai, instrumented, in workerd keeps the OpenAI contract', () => {
  const subject = { OpenAI: RemoteClient, ...instrumentation(openai.asksModel) }
  test.each(openaiContractCases.filter(runs))('$title', each =>
    openaiCase({ ...each, observe: observeInWorker('openai', each.title) }).check(subject),
  )
})

describe('anthropic, instrumented, in workerd keeps the Anthropic contract', () => {
  const subject = { Anthropic: RemoteClient, ...instrumentation(anthropic.asksModel) }
  test.each(anthropicContractCases.filter(runs))('$title', each =>
    anthropicCase({ ...each, observe: observeInWorker('anthropic', each.title) }).check(subject),
  )
})

/** The differences between a replay in Node and its recording in workerd. */
async function lawProblems(program: Program, mock: 'all' | 'marked'): Promise<unknown[]> {
  const { spans } = await workerd.ask<RecordedProgram>({ program })
  const store = memoryStore()
  await store.append(spans)
  const { root, ran, losers } = runProgram(program, createTracer({ sink: memorySink() }))
  const { items, summary } = await replay(root, { store, mock })
  await losers()
  const forbidden = mock === 'all' ? ran : ran.filter(name => name.startsWith('marked'))
  const { same, drifted, missed, unused } = summary
  const isAlike = same === 1 && drifted + missed + unused === 0 && forbidden.length === 0
  return isAlike ? [] : [{ forbidden, spans, ...items[0] }]
}

describe('an unchanged program that was recorded in workerd', () => {
  test.each(['all', 'marked'] as const)("replays identically in Node under '%s'", async mock => {
    await fc.assert(
      fc.asyncProperty(programs, async program => {
        expect(await lawProblems(program, mock)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})
