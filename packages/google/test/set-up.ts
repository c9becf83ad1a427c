import { GoogleGenAI, type GoogleGenAIOptions } from '@google/genai'
import { type MemorySink, memorySink } from '@runtape/testing'
import { type FakeHost, startFakeGoogle } from '@runtape/testing/google'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { instrumentGoogle } from '../src/index.ts'

export interface SetUp {
  readonly fake: FakeHost
  readonly tape: MemorySink
  raw(options?: GoogleGenAIOptions): GoogleGenAI
  client(options?: GoogleGenAIOptions): GoogleGenAI
  trace(options?: Partial<TracingOptions>): void
}

/** A fake host, a tape that everything is recorded on, and clients of both, for each test of a file. */
export function setUp(): SetUp {
  let fake: FakeHost | undefined
  const tape = memorySink()
  const trace = (options: Partial<TracingOptions> = {}) => configureTracing({ sink: tape, ...options })
  beforeAll(async () => {
    fake = await startFakeGoogle()
  })
  afterAll(() => fake?.close())
  beforeEach(() => {
    tape.clear()
    trace()
  })
  afterEach(() => configureTracing(undefined))
  const raw = ({ httpOptions, ...options }: GoogleGenAIOptions = {}) =>
    new GoogleGenAI({
      apiKey: 'AIza-secret',
      ...options,
      httpOptions: { baseUrl: fake?.url ?? '', ...httpOptions },
    })
  return {
    get fake() {
      if (!fake) throw new Error('The fake host runs inside tests only.')
      return fake
    },
    tape,
    raw,
    client: options => instrumentGoogle(raw(options)),
    trace,
  }
}

/** The usage that the fake host reports, as it is recorded. */
export const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
