import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk'
import { startFakeAnthropic } from '@runtape/testing/anthropic'
import { type HostAndTape, hostAndTape } from '@runtape/testing/vitest'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import { instrumentAnthropic } from '../src/index.ts'

export interface SetUp extends HostAndTape<TracingOptions> {
  raw(options?: ClientOptions): Anthropic
  client(options?: ClientOptions): Anthropic
}

/** A fake host, a tape that records everything, and both kinds of clients, for each test of a file. */
export function setUp(): SetUp {
  const given = hostAndTape(startFakeAnthropic, configureTracing)
  const raw = (options: ClientOptions = {}) =>
    new Anthropic({ apiKey: 'sk-ant-secret', baseURL: given.fake.url, ...options })
  return Object.assign(given, {
    raw,
    client: (options?: ClientOptions) => instrumentAnthropic(raw(options)),
  })
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
