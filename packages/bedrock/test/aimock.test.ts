import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { LLMock } from '@copilotkit/aimock'
import { createTracker } from '@runtape/tracker'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

const see = async (bedrock: BedrockRuntimeClient) => [await converse(bedrock), await converseStream(bedrock)]

test('a host of another make is seen as before, and its usage known', async () => {
  const options = { endpoint: mock.url }
  const before = await see(given.raw(options))
  const tracker = createTracker({ sink: given.tape, configKey: 'test' })
  expect(await tracker.run(() => see(given.client(options)))).toEqual(before)
  expect(given.tape.calls.map(({ usage }) => usage)).toEqual(
    Array(2).fill({ input: 12, output: 4, total: 16 }),
  )
  expect(tracker.getSummary()).toMatchObject({
    tokens: { total: 32 },
    timeToFirstTokenMs: expect.any(Number),
  })
})
