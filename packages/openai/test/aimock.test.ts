import { LLMock } from '@copilotkit/aimock'
import { collect, outcome, question, streamed } from '@runtape/testing/openai'
import { createTracker } from '@runtape/tracker'
import type OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { setUp } from './set-up.ts'

const given = setUp()
const mock = new LLMock({ port: 0 })

beforeAll(async () => {
  mock.onMessage('Wie spät ist es?', { content: 'Halb zwölf.' })
  await mock.start()
})
afterAll(() => mock.stop())

const observe = async (openai: OpenAI) => ({
  whole: (await openai.chat.completions.create(question)).choices,
  streamed: (await collect(await openai.chat.completions.create(streamed))).items.map(
    ({ choices }) => choices,
  ),
})

test('calls of another mock host are recorded with their usage', async () => {
  const options = { baseURL: `${mock.url}/v1` }
  const before = await observe(given.raw(options))
  const tracker = createTracker({ sink: given.tape, configKey: 'test' })
  expect(await tracker.run(() => observe(given.client(options)))).toEqual(before)
  expect(given.tape.calls.map(({ usage }) => usage?.total)).toEqual([expect.any(Number), expect.any(Number)])
  expect(tracker.getSummary()).toMatchObject({ tokens: {}, timeToFirstTokenMs: expect.any(Number) })
})

describe('with its chaos mode', () => {
  afterEach(() => mock.clearChaos())

  test.each([
    ['dropped requests', { dropRate: 1 }],
    ['malformed answers', { malformedRate: 1 }],
    ['rate limits', { rateLimitRate: 1 }],
    ['broken connections', { disconnectRate: 1 }],
    ['latency', { latencyMs: 30 }],
  ])('%s reach the application unchanged', async (_, chaos) => {
    mock.setChaos(chaos)
    const options = { baseURL: `${mock.url}/v1`, maxRetries: 0 }
    const seen = async (openai: OpenAI) => [
      await outcome(openai.chat.completions.create(question)),
      await outcome(openai.chat.completions.create(streamed).then(collect)),
    ]
    const before = await seen(given.raw(options))
    expect(withoutIds(await seen(given.client(options)))).toEqual(withoutIds(before))
  })
})

// The mock creates new ones for every answer.
const withoutIds = (seen: unknown): unknown =>
  JSON.parse(JSON.stringify(seen).replace(/"(id|requestID)":"[^"]*"|"created":\d+/g, '"made":true'))
