import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { instrumentBedrock } from '../src/index.ts'
import { type Behaviour, behaviours } from './behaviours.ts'
import { type FakeBedrock, type Seen, startFakeBedrock } from './fake-bedrock.ts'
import { newClient } from './set-up.ts'
import { Tape } from './tape.ts'

const fakes = new Map<string, FakeBedrock>()

beforeAll(async () => {
  fakes.set('HTTP/1.1', await startFakeBedrock())
  fakes.set('HTTP/2', await startFakeBedrock('HTTP/2'))
})
afterAll(async () => {
  for (const fake of fakes.values()) await fake.close()
})
afterEach(() => configureTracing(undefined))

// What the server sees of a request.
const requestSeen = ({ method, path, headers, text }: Seen): unknown => ({
  method,
  path,
  attempt: headers['amz-sdk-request'],
  agent: headers['user-agent'],
  names: Object.keys(headers).sort(),
  text,
})

const isModelCall = ({ path }: Seen) => path.startsWith('/model/')

describe.each([
  ['HTTP/1.1', () => new NodeHttpHandler()],
  ['HTTP/2', () => new NodeHttp2Handler()],
])('over %s an instrumented client behaves as before', (protocol, requestHandler) => {
  const fakeOf = () => fakes.get(protocol) ?? expect.fail(`There is no host for ${protocol}.`)
  const clientOf = () => newClient(fakeOf().url, { requestHandler: requestHandler() })

  async function observe({ reply, see }: Behaviour, client: ReturnType<typeof newClient>): Promise<unknown> {
    fakeOf().answer(reply)
    const seen = await see(client)
    client.destroy()
    return { seen, requests: fakeOf().seen.map(requestSeen) }
  }

  test.each(behaviours)('$title', async behaviour => {
    const before = await observe(behaviour, clientOf())
    const tape = new Tape()
    configureTracing({ sink: tape })
    const tracker = createTracker({ sink: tape, configKey: 'test' })
    const after = await tracker.run(() => observe(behaviour, instrumentBedrock(clientOf())))
    expect(after).toEqual(before)
    const calls = tape.events.filter(({ metric }) => metric.startsWith('call:'))
    expect(calls.length).toBe(tape.calls.length)
    if (fakeOf().seen.some(isModelCall)) expect(calls.length).toBeGreaterThan(0)
  })

  test.each(behaviours)('$title, where nothing is recorded', async behaviour => {
    const before = await observe(behaviour, clientOf())
    expect(await observe(behaviour, instrumentBedrock(clientOf()))).toEqual(before)
  })
})
