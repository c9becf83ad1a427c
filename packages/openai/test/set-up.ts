import { startFakeOpenAI } from '@runtape/testing/openai'
import { type HostAndTape, hostAndTape } from '@runtape/testing/vitest'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import OpenAI, { type ClientOptions } from 'openai'
import { type InstrumentOptions, instrumentOpenAI } from '../src/index.ts'

export interface SetUp extends HostAndTape<TracingOptions> {
  raw(options?: ClientOptions): OpenAI
  client(options?: ClientOptions, instrument?: InstrumentOptions): OpenAI
}

/** A fake host, a tape that records everything, and both kinds of clients, for each test of a file. */
export function setUp(): SetUp {
  const given = hostAndTape(startFakeOpenAI, configureTracing)
  const raw = (options: ClientOptions = {}) =>
    new OpenAI({ apiKey: 'sk-secret', baseURL: given.fake.url, ...options })
  return Object.assign(given, {
    raw,
    client: (options?: ClientOptions, instrument?: InstrumentOptions) =>
      instrumentOpenAI(raw(options), instrument),
  })
}
