import { configureTracing } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { instrumentOpenAI } from '../src/index.ts'
import { type Behaviour, behaviours, refusing } from './behaviours.ts'
import { type FakeOpenAI, type Seen, startFakeOpenAI } from './fake-openai.ts'
import { Tape } from './tape.ts'

let fake: FakeOpenAI

beforeAll(async () => {
  fake = await startFakeOpenAI()
})
afterAll(() => fake.close())
afterEach(() => configureTracing(undefined))

const newClient = () => new OpenAI({ apiKey: 'sk-test', baseURL: fake.url })

// What the server sees of a request, but for the usage that the tap asks for and a multipart body's boundary.
function requestSeen({ method, path, headers, body }: Seen): unknown {
  const { stream_options: _, ...rest } = body
  return { method, path, retry: headers['x-stainless-retry-count'], accept: headers.accept, rest }
}

async function observe({ reply, see }: Behaviour, client: OpenAI): Promise<unknown> {
  fake.answer(reply)
  const seen = await see(client)
  return { seen, requests: fake.seen.filter(one => !isRefused(one)).map(requestSeen) }
}

// The one request that the application did not make and whose failure it does not see.
const isRefused = ({ body }: Seen): boolean =>
  body.model === refusing.model && body.stream_options !== undefined

describe('an instrumented client behaves as before', () => {
  test.each(behaviours)('$title', async behaviour => {
    const before = await observe(behaviour, newClient())
    const tape = new Tape()
    configureTracing({ sink: tape })
    const tracker = createTracker({ sink: tape, configKey: 'test' })
    const after = await tracker.run(() => observe(behaviour, instrumentOpenAI(newClient())))
    expect(after).toEqual(before)
    const calls = tape.events.filter(({ metric }) => metric.startsWith('call:'))
    const asked = fake.seen.some(
      ({ method, path }) => method === 'POST' && /completions|embeddings|moderations/.test(path),
    )
    expect(calls.length > 0).toBe(asked)
  })

  test.each(behaviours)('$title, where nothing is recorded', async behaviour => {
    const before = await observe(behaviour, newClient())
    expect(await observe(behaviour, instrumentOpenAI(newClient()))).toEqual(before)
  })
})
