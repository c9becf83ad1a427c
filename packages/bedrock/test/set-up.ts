import { BedrockRuntimeClient, type BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime'
import { startFakeBedrock } from '@runtape/testing/bedrock'
import { type HostAndTape, hostAndTape } from '@runtape/testing/vitest'
import { configureTracing, type TracingOptions } from '@runtape/trace'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { instrumentBedrock } from '../src/index.ts'

export interface SetUp extends HostAndTape<TracingOptions> {
  options(): BedrockRuntimeClientConfig
  raw(options?: BedrockRuntimeClientConfig): BedrockRuntimeClient
  client(options?: BedrockRuntimeClientConfig): BedrockRuntimeClient
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

/** A fake host, a tape that records everything, and both kinds of clients, for each test of a file. */
export function setUp(): SetUp {
  const given = hostAndTape(startFakeBedrock, configureTracing)
  const raw = (options?: BedrockRuntimeClientConfig) => newClient(given.fake.url, options)
  return Object.assign(given, {
    options: () => optionsFor(given.fake.url),
    raw,
    client: (options?: BedrockRuntimeClientConfig) => instrumentBedrock(raw(options)),
  })
}
