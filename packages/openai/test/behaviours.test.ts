import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import type OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { instrumentOpenAI } from '../src/index.ts'
import { type Behaviour, behaviours, refusing } from './behaviours/index.ts'
import { type FakeOpenAI, type Seen, startFakeOpenAI } from './fake-openai.ts'
import { newest, type Sdk, sdks } from './sdks.ts'
import { Tape } from './tape.ts'

let fake: FakeOpenAI

beforeAll(async () => {
  fake = await startFakeOpenAI()
})
afterAll(() => fake.close())
afterEach(() => configureTracing(undefined))

const newClient = (sdk: Sdk) => new sdk.OpenAI({ apiKey: 'sk-test', baseURL: fake.url })

// What the server sees of a request, but for the usage that the tap asks for and a multipart body's boundary.
function requestSeen({ method, path, headers, body }: Seen): unknown {
  const { stream_options: _, ...rest } = body
  return { method, path, retry: headers['x-stainless-retry-count'], accept: headers.accept, rest }
}

async function observe({ reply, see }: Behaviour, client: OpenAI, sdk: Sdk): Promise<unknown> {
  fake.answer(reply)
  const seen = await see(client, sdk)
  return { seen, requests: fake.seen.filter(one => !isRefused(one)).map(requestSeen) }
}

// The one request that the application did not make and whose failure it does not see.
const isRefused = ({ body }: Seen): boolean =>
  body.model === refusing.model && body.stream_options !== undefined

const asksModel = ({ method, path }: Seen): boolean =>
  method === 'POST' &&
  /\/(completions|responses|embeddings|moderations|images\/\w+|audio\/\w+)(\?.*)?$/.test(path)

describe.each(sdks)('openai $version, instrumented, behaves as before', sdk => {
  test.each(behaviours)('$title', async behaviour => {
    const before = await observe(behaviour, newClient(sdk), sdk)
    const tape = new Tape()
    configureTracing({ sink: tape })
    const tracker = createTracker({ sink: tape, configKey: 'test' })
    const after = await tracker.run(() => observe(behaviour, instrumentOpenAI(newClient(sdk)), sdk))
    expect(after).toEqual(before)
    const calls = tape.events.filter(({ metric }) => metric.startsWith('call:'))
    expect(calls.length > 0).toBe(fake.seen.some(asksModel))
  })
})

describe('where nothing is recorded, too', () => {
  test.each(behaviours)('$title', async behaviour => {
    const before = await observe(behaviour, newClient(newest), newest)
    expect(await observe(behaviour, instrumentOpenAI(newClient(newest)), newest)).toEqual(before)
  })
})
