import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { LLMock } from '@copilotkit/aimock'
import { createTracker } from '@runtape/tracker'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { converse, converseStream } from './calls.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const mock = new LLMock({ port: 0 })

beforeAll(async () => {
  mock.onMessage('Wie spät ist es?', {
    content: 'Halb zwölf.',
    usage: { prompt_tokens: 12, completion_tokens: 4 },
  })
  await mock.start()
})
afterAll(() => mock.stop())

const observe = async (bedrock: BedrockRuntimeClient) => [
  await converse(bedrock),
  await converseStream(bedrock),
]

test('calls of another mock host are recorded with their usage', async () => {
  const options = { endpoint: mock.url }
  const before = await observe(given.raw(options))
  const tracker = createTracker({ sink: given.tape, configKey: 'test' })
  expect(await tracker.run(() => observe(given.client(options)))).toEqual(before)
  expect(given.tape.calls.map(({ usage }) => usage)).toEqual(
    Array(2).fill({ input: 12, output: 4, total: 16 }),
  )
  expect(tracker.getSummary()).toMatchObject({
    tokens: { total: 32 },
    timeToFirstTokenMs: expect.any(Number),
  })
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
    // The mock sends a retry-after of seconds.
    const options = { endpoint: mock.url, retryStrategy: new ConfiguredRetryStrategy(1) }
    const before = await observe(given.raw(options))
    expect(await observe(given.client(options))).toEqual(before)
    expect(given.tape.calls).toHaveLength(2)
  })
})
