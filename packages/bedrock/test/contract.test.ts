import type { BedrockSdk, BedrockSubject, HostRequest } from '@runtape/testing/bedrock'
import { bedrockContract, recordedInRuns } from '@runtape/testing/vitest'
import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler'
import { expect } from 'vitest'
import { type BedrockClient, instrumentBedrock } from '../src/index.ts'
import { sdks } from './sdks.ts'

const isModelCall = ({ path }: HostRequest) => path.startsWith('/model/')

const subjectOf = <C extends BedrockClient>(
  sdk: BedrockSdk<C>,
  requestHandler: () => unknown,
): BedrockSubject<C> => ({
  sdk,
  instrument: client => instrumentBedrock(client),
  // Waits a millisecond between attempts.
  clientOptions: () => ({
    requestHandler: requestHandler(),
    retryStrategy: new ConfiguredRetryStrategy(3, 1),
  }),
})
/** Every request to a model is a call of the run. */
const isRecorded = recordedInRuns({ configureTracing, createTracker }, ({ calls, tape }, host) => {
  expect(calls).toBe(tape.calls.length)
  if (host.requests.some(isModelCall)) expect(calls).toBeGreaterThan(0)
})

const http1 = () => new NodeHttpHandler()
const http2 = () => new NodeHttp2Handler()
const [oldest, newest] = sdks

bedrockContract(`client-bedrock-runtime ${oldest.version}, instrumented,`, {
  sdk: oldest.sdk,
  instrument: client => instrumentBedrock(client),
  ...isRecorded,
})
bedrockContract(`client-bedrock-runtime ${newest.version} over HTTP/1.1, instrumented,`, {
  ...subjectOf(newest.sdk, http1),
  ...isRecorded,
})
bedrockContract(`client-bedrock-runtime ${newest.version} over HTTP/2, instrumented,`, {
  ...subjectOf(newest.sdk, http2),
  ...isRecorded,
})
bedrockContract('a client whose calls nobody records', subjectOf(newest.sdk, http2))
