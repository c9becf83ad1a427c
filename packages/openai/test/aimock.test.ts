import { LLMock } from '@copilotkit/aimock'
import { createTracker } from '@runtape/tracker'
import type OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collect, question, streamed } from './behaviours/index.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const mock = new LLMock({ port: 0 })

beforeAll(async () => {
  mock.onMessage('Wie spät ist es?', { content: 'Halb zwölf.' })
  await mock.start()
})
afterAll(() => mock.stop())

const see = async (openai: OpenAI) => ({
  whole: (await openai.chat.completions.create(question)).choices,
  streamed: (await collect(await openai.chat.completions.create(streamed))).items.map(
    ({ choices }) => choices,
  ),
})

test('a host of another make is seen as before, and its usage known', async () => {
  const options = { baseURL: `${mock.url}/v1` }
  const before = await see(given.raw(options))
  const tracker = createTracker({ sink: given.tape, configKey: 'test' })
  expect(await tracker.run(() => see(given.client(options)))).toEqual(before)
  expect(given.tape.calls.map(({ usage }) => usage?.total)).toEqual([expect.any(Number), expect.any(Number)])
  expect(tracker.getSummary()).toMatchObject({ tokens: {}, timeToFirstTokenMs: expect.any(Number) })
})
