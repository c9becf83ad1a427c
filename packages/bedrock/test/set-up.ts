import { BedrockRuntimeClient, type BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { instrumentBedrock } from '../src/index.ts'
import { type FakeBedrock, startFakeBedrock } from './fake-bedrock.ts'
import { Tape } from './tape.ts'

export interface SetUp {
  readonly fake: FakeBedrock
  readonly tape: Tape
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

export const newClient = (url: string, options: BedrockRuntimeClientConfig = {}): BedrockRuntimeClient =>
  new BedrockRuntimeClient({ ...optionsFor(url), ...options })

/** A fake host, a tape that everything is recorded on, and clients of both, for each test of a file. */
export function setUp(): SetUp {
  let fake: FakeBedrock | undefined
  const tape = new Tape()
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
