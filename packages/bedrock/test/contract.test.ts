import { memorySink } from '@runtape/testing'
import type { BedrockSdk, BedrockSubject, FakeHost, HostRequest } from '@runtape/testing/bedrock'
import { bedrockContract } from '@runtape/testing/vitest'
import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler'
import { expect } from 'vitest'
import { type BedrockClient, instrumentBedrock } from '../src/index.ts'
import { sdks } from './sdks.ts'

const isModelCall = ({ path }: HostRequest) => path.startsWith('/model/')

/** In a run of its own, with everything on a tape: whatever asks a model is a call of the run. */
async function recorded<T>(application: () => Promise<T>, host: FakeHost): Promise<T> {
  const tape = memorySink()
  configureTracing({ sink: tape })
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  const seen = await tracker.run(application)
  const calls = tape.events.filter(({ metric }) => metric.startsWith('call:'))
  expect(calls.length).toBe(tape.calls.length)
  if (host.seen.some(isModelCall)) expect(calls.length).toBeGreaterThan(0)
  return seen
}

const subjectOf = <C extends BedrockClient>(
  sdk: BedrockSdk<C>,
  requestHandler: () => unknown,
): BedrockSubject<C> => ({
  sdk,
  instrument: client => instrumentBedrock(client),
  // Waits of a millisecond between attempts.
  clientOptions: () => ({
    requestHandler: requestHandler(),
    retryStrategy: new ConfiguredRetryStrategy(3, 1),
  }),
})
const isRecorded = { around: recorded, dispose: () => configureTracing(undefined) }

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
