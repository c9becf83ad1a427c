import { BedrockRuntimeClient, type BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime'
import { type MemorySink, memorySink } from '@runtape/testing'
import { type FakeHost, startFakeBedrock } from '@runtape/testing/bedrock'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { instrumentBedrock } from '../src/index.ts'

export interface SetUp {
  readonly fake: FakeHost
  readonly tape: MemorySink
  options(): BedrockRuntimeClientConfig
  raw(options?: BedrockRuntimeClientConfig): BedrockRuntimeClient
  client(options?: BedrockRuntimeClientConfig): BedrockRuntimeClient
  trace(options?: Partial<TracingOptions>): void
}

/** For a host that speaks HTTP/1.1, with a wait of a millisecond between attempts. */
const optionsFor = (endpoint: string): BedrockRuntimeClientConfig => ({
  region: 'eu-central-1',
  endpoint,
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'the-secret', sessionToken: 'the-secret' },
  requestHandler: new NodeHttpHandler(),
  retryStrategy: new ConfiguredRetryStrategy(3, 1),
})

const newClient = (url: string, options: BedrockRuntimeClientConfig = {}): BedrockRuntimeClient =>
  new BedrockRuntimeClient({ ...optionsFor(url), ...options })

/** A fake host, a tape that everything is recorded on, and clients of both, for each test of a file. */
export function setUp(): SetUp {
  let fake: FakeHost | undefined
  const tape = memorySink()
  const trace = (options: Partial<TracingOptions> = {}) => configureTracing({ sink: tape, ...options })
  beforeAll(async () => {
    fake = await startFakeBedrock()
  })
  afterAll(() => fake?.close())
  beforeEach(() => {
    tape.clear()
    trace()
  })
  afterEach(() => configureTracing(undefined))
  const raw = (options?: BedrockRuntimeClientConfig) => newClient(fake?.url ?? '', options)
  return {
    get fake() {
      if (!fake) throw new Error('The fake host runs inside tests only.')
      return fake
    },
    tape,
    options: () => optionsFor(fake?.url ?? ''),
    raw,
    client: options => instrumentBedrock(raw(options)),
    trace,
  }
}
