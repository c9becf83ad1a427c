import { GoogleGenAI, type GoogleGenAIOptions } from '@google/genai'
import { startFakeGoogle } from '@runtape/testing/google'
import { type HostAndTape, hostAndTape } from '@runtape/testing/vitest'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import { instrumentGoogle } from '../src/index.ts'

export interface SetUp extends HostAndTape<TracingOptions> {
  raw(options?: GoogleGenAIOptions): GoogleGenAI
  client(options?: GoogleGenAIOptions): GoogleGenAI
}

/** A fake host, a tape that records everything, and both kinds of clients, for each test of a file. */
export function setUp(): SetUp {
  const given = hostAndTape(startFakeGoogle, configureTracing)
  const raw = ({ httpOptions, ...options }: GoogleGenAIOptions = {}) =>
    new GoogleGenAI({
      apiKey: 'AIza-secret',
      ...options,
      httpOptions: { baseUrl: given.fake.url, ...httpOptions },
    })
  return Object.assign(given, {
    raw,
    client: (options?: GoogleGenAIOptions) => instrumentGoogle(raw(options)),
  })
}

/** The usage that the fake host reports, as it is recorded. */
export const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
