import { describe, expect, test } from 'vitest'
import { type AnthropicSubject, anthropicHas } from './anthropic/case.ts'
import { anthropicContractCases } from './anthropic/cases.ts'
import type { BedrockSubject } from './bedrock/case.ts'
import { bedrockContractCases } from './bedrock/cases.ts'
import type { StoreContractCase, StoreSubject } from './contract/case.ts'
import { storeContractCases } from './contract/cases.ts'
import { type GoogleSubject, googleHas } from './google/case.ts'
import { googleContractCases } from './google/cases.ts'
import type { OpenAISubject } from './openai/case.ts'
import { openaiContractCases } from './openai/cases.ts'
import { type SinkSubject, sinkContractCases } from './sink/cases.ts'

export { type HostAndTape, hostAndTape } from './host/host-and-tape.ts'
export { type CaseRun, type Recording, recordedInRuns } from './host/in-runs.ts'
export { type Programs, programsIn } from './host/programs.ts'
export { withWaits } from './with-waits.ts'

/**
 * Registers the `Store` contract with vitest, one test for each case. `open` is called before each, and once at the start to see
 * which features the store has: cases about `reopen`, `connect`, `appendSync` and `getSpanSync` are registered only for stores
 * that have them.
 *
 * @param open makes an empty store
 *
 * @example
 * ```ts
 * import { memoryStore } from '@runtape/testing'
 * import { storeContract } from '@runtape/testing/vitest'
 *
 * storeContract('memoryStore', async () => ({ store: memoryStore() }))
 * ```
 */
export function storeContract(name: string, open: () => Promise<StoreSubject>): void {
  describe(`${name} keeps the Store contract`, async () => {
    const offered = await withSubject(open, async subject => offersOf(subject))
    const applicable = storeContractCases.filter(
      ({ needs }) => needs === undefined || offered.includes(needs),
    )
    for (const { title, check } of applicable) test(title, () => isKept(withSubject(open, check)))
  })
}

/**
 * Registers the `Sink` contract with vitest, one test for each case.
 *
 * @param open makes a new sink for each case
 *
 * @example
 * ```ts
 * import { memorySink } from '@runtape/testing'
 * import { sinkContract } from '@runtape/testing/vitest'
 *
 * sinkContract('memorySink', async () => ({ sink: memorySink() }))
 * ```
 */
export function sinkContract(name: string, open: () => Promise<SinkSubject>): void {
  describe(`${name} keeps the Sink contract`, () => {
    for (const { title, check } of sinkContractCases)
      test(title, async () => {
        const subject = await open()
        await isKept(check(subject).finally(() => subject.dispose?.()))
      })
  })
}

/**
 * Registers the OpenAI contract with vitest, one test for each case. A case uses a client of the `openai` package as an
 * application does, once a bare one and once one instrumented by `instrument`. The application and the host, a fake one on
 * loopback, must observe the same both times. Fits any instrumentation, not only Runtape's.
 *
 * @example
 * ```ts
 * import { openaiContract } from '@runtape/testing/vitest'
 * import OpenAI from 'openai'
 * import { observe } from './my-instrumentation.ts'
 *
 * openaiContract('observe', { OpenAI, instrument: client => observe(client) })
 * ```
 */
export function openaiContract<Client extends object>(name: string, subject: OpenAISubject<Client>): void {
  describe(`${name} keeps the OpenAI contract`, () => {
    for (const { title, needs, check } of openaiContractCases)
      if (needs === undefined || subject[needs]) test(title, () => isKept(check(subject)), longest)
  })
}

/**
 * Registers the Bedrock contract with vitest, one test for each case. A case uses a client of `@aws-sdk/client-bedrock-runtime`
 * as an application does, once a bare one and once one instrumented by `instrument`. The application and the host, a fake one on
 * loopback, must observe the same both times.
 *
 * @example
 * ```ts
 * import * as sdk from '@aws-sdk/client-bedrock-runtime'
 * import { bedrockContract } from '@runtape/testing/vitest'
 * import { observe } from './my-instrumentation.ts'
 *
 * bedrockContract('observe', { sdk, instrument: client => observe(client) })
 * ```
 */
export function bedrockContract<Client extends object>(name: string, subject: BedrockSubject<Client>): void {
  describe(`${name} keeps the Bedrock contract`, () => {
    for (const { title, needs, check } of bedrockContractCases)
      if (needs === undefined || subject.sdk[needs]) test(title, () => isKept(check(subject)), longest)
  })
}

/**
 * Registers the Anthropic contract with vitest, one test for each case. A case uses a client of `@anthropic-ai/sdk` as an
 * application does, once a bare one and once one instrumented by `instrument`. The application and the host, a fake one on
 * loopback, must observe the same both times. Fits any instrumentation.
 *
 * @example
 * ```ts
 * import Anthropic from '@anthropic-ai/sdk'
 * import { anthropicContract } from '@runtape/testing/vitest'
 * import { observe } from './my-instrumentation.ts'
 *
 * anthropicContract('observe', { Anthropic, instrument: client => observe(client) })
 * ```
 */
export function anthropicContract<Client extends object>(
  name: string,
  subject: AnthropicSubject<Client>,
): void {
  describe(`${name} keeps the Anthropic contract`, () => {
    for (const { title, needs, check } of anthropicContractCases)
      if (anthropicHas(subject, needs)) test(title, () => isKept(check(subject)), longest)
  })
}

/**
 * Registers the Google contract with vitest, one test for each case. A case uses a client of `@google/genai` as an application
 * does, once a bare one and once one instrumented by `instrument`. The application and the host, a fake one on loopback, must
 * observe the same both times. Fits any instrumentation.
 *
 * @example
 * ```ts
 * import { GoogleGenAI } from '@google/genai'
 * import { googleContract } from '@runtape/testing/vitest'
 * import { observe } from './my-instrumentation.ts'
 *
 * googleContract('observe', { GoogleGenAI, instrument: client => observe(client) })
 * ```
 */
export function googleContract<Client extends object>(name: string, subject: GoogleSubject<Client>): void {
  describe(`${name} keeps the Google contract`, () => {
    for (const { title, needs, check } of googleContractCases)
      if (googleHas(subject, needs)) test(title, () => isKept(check(subject)), longest)
  })
}

/** The cases assert with `node:assert`; this counts for `expect.requireAssertions`. */
async function isKept(checked: Promise<void>): Promise<void> {
  expect(await checked).toBeUndefined()
}

// More than both parts may take, so that the case itself can report which one took too long.
const longest = 25_000

function offersOf(subject: StoreSubject): NonNullable<StoreContractCase['needs']>[] {
  return [
    ...(subject.reopen ? ['reopen' as const] : []),
    ...(subject.connect ? ['connect' as const] : []),
    ...(subject.store.appendSync ? ['appendSync' as const] : []),
    ...(subject.store.traces.getSpanSync ? ['getSpanSync' as const] : []),
  ]
}

async function withSubject<T>(
  open: () => Promise<StoreSubject>,
  use: (subject: StoreSubject) => Promise<T>,
): Promise<T> {
  const subject = await open()
  try {
    return await use(subject)
  } finally {
    await subject.store.close()
    await subject.dispose?.()
  }
}
