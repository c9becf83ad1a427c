import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk'
import { type MemorySink, memorySink } from '@runtape/testing'
import { type FakeHost, startFakeAnthropic } from '@runtape/testing/anthropic'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { instrumentAnthropic } from '../src/index.ts'

export interface SetUp {
  readonly fake: FakeHost
  readonly tape: MemorySink
  raw(options?: ClientOptions): Anthropic
  client(options?: ClientOptions): Anthropic
  trace(options?: Partial<TracingOptions>): void
}

/** A fake host, a tape that everything is recorded on, and clients of both, for each test of a file. */
export function setUp(): SetUp {
  let fake: FakeHost | undefined
  const tape = memorySink()
  const trace = (options: Partial<TracingOptions> = {}) => configureTracing({ sink: tape, ...options })
  beforeAll(async () => {
    fake = await startFakeAnthropic()
  })
  afterAll(() => fake?.close())
  beforeEach(() => {
    tape.clear()
    trace()
  })
  afterEach(() => configureTracing(undefined))
  const raw = (options: ClientOptions = {}) =>
    new Anthropic({ apiKey: 'sk-ant-secret', baseURL: fake?.url ?? '', ...options })
  return {
    get fake() {
      if (!fake) throw new Error('The fake host runs inside tests only.')
      return fake
    },
    tape,
    raw,
    client: options => instrumentAnthropic(raw(options)),
    trace,
  }
}

/** The usage that the fake host reports, as it is recorded. */
export const tokens = {
  input: 48,
  output: 9,
  total: 57,
  cachedInput: 16,
  cacheWrite: 12,
  cacheWrite1h: 4,
  reasoning: 4,
}
