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
  raw(options?: BedrockRuntimeClientConfig): BedrockRuntimeClient
  client(options?: BedrockRuntimeClientConfig): BedrockRuntimeClient
  trace(options?: Partial<TracingOptions>): void
}

/** A client of a host that speaks HTTP/1.1, and that waits a millisecond between its attempts. */
export const newClient = (url: string, options: BedrockRuntimeClientConfig = {}): BedrockRuntimeClient =>
  new BedrockRuntimeClient({
    region: 'eu-central-1',
    endpoint: url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'the-secret', sessionToken: 'the-secret' },
    requestHandler: new NodeHttpHandler(),
    retryStrategy: impatient(3),
    ...options,
  })

/** The SDK's own strategy with its wait cut short. */
export function impatient(attempts: number): NonNullable<BedrockRuntimeClientConfig['retryStrategy']> {
  return new ConfiguredRetryStrategy(attempts, 1)
}

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
    raw,
    client: options => instrumentBedrock(raw(options)),
    trace,
  }
}
