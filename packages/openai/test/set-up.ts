import { type MemorySink, memorySink } from '@runtape/testing'
import { type FakeHost, startFakeOpenAI } from '@runtape/testing/openai'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import OpenAI, { type ClientOptions } from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type InstrumentOptions, instrumentOpenAI } from '../src/index.ts'

export interface SetUp {
  readonly fake: FakeHost
  readonly tape: MemorySink
  raw(options?: ClientOptions): OpenAI
  client(options?: ClientOptions, instrument?: InstrumentOptions): OpenAI
  trace(options?: Partial<TracingOptions>): void
}

/** A fake host, a tape that everything is recorded on, and clients of both, for each test of a file. */
export function setUp(): SetUp {
  let fake: FakeHost | undefined
  const tape = memorySink()
  const trace = (options: Partial<TracingOptions> = {}) => configureTracing({ sink: tape, ...options })
  beforeAll(async () => {
    fake = await startFakeOpenAI()
  })
  afterAll(() => fake?.close())
  beforeEach(() => {
    tape.clear()
    trace()
  })
  afterEach(() => configureTracing(undefined))
  const raw = (options: ClientOptions = {}) =>
    new OpenAI({ apiKey: 'sk-secret', baseURL: fake?.url ?? '', ...options })
  return {
    get fake() {
      if (!fake) throw new Error('The fake host runs inside tests only.')
      return fake
    },
    tape,
    raw,
    client: (options, instrument) => instrumentOpenAI(raw(options), instrument),
    trace,
  }
}
