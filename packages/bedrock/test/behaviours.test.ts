import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { instrumentBedrock } from '../src/index.ts'
import { type Behaviour, behaviours } from './behaviours.ts'
import { type FakeBedrock, type Seen, startFakeBedrock } from './fake-bedrock.ts'
import { newClient } from './set-up.ts'
import { Tape } from './tape.ts'

let fake: FakeBedrock

beforeAll(async () => {
  fake = await startFakeBedrock()
})
afterAll(() => fake.close())
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

async function observe({ reply, see }: Behaviour, client: ReturnType<typeof newClient>): Promise<unknown> {
  fake.answer(reply)
  const seen = await see(client)
  client.destroy()
  return { seen, requests: fake.seen.map(requestSeen) }
}

const isModelCall = ({ path }: Seen) => path.startsWith('/model/')

describe('an instrumented client behaves as before', () => {
  test.each(behaviours)('$title', async behaviour => {
    const before = await observe(behaviour, newClient(fake.url))
    const tape = new Tape()
    configureTracing({ sink: tape })
    const tracker = createTracker({ sink: tape, configKey: 'test' })
    const after = await tracker.run(() => observe(behaviour, instrumentBedrock(newClient(fake.url))))
    expect(after).toEqual(before)
    const calls = tape.events.filter(({ metric }) => metric.startsWith('call:'))
    expect(calls.length).toBe(tape.calls.length)
    if (fake.seen.some(isModelCall)) expect(calls.length).toBeGreaterThan(0)
  })

  test.each(behaviours)('$title, where nothing is recorded', async behaviour => {
    const before = await observe(behaviour, newClient(fake.url))
    expect(await observe(behaviour, instrumentBedrock(newClient(fake.url)))).toEqual(before)
  })
})
