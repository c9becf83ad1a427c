import { memorySink } from '@runtape/testing'
import { completion, failure, inTurn, json, stream, textChunks, toolCall } from '@runtape/testing/openai'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { trackAiSdkMetrics } from '../src/index.ts'
import { message } from './cases/anthropic-replies.ts'
import { weather } from './cases/request-cases.ts'
import type { Sdk } from './sdks.ts'
import { setUp } from './set-up.ts'

const once = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }

export function tracksMetrics(major: Sdk['major']): void {
  describe(`trackAiSdkMetrics, ai ${major}`, () => {
    const given = setUp(major)
    const track = async (fn: () => unknown) => {
      const tracker = createTracker({ sink: memorySink(), configKey: 'test' })
      const result = await trackAiSdkMetrics(tracker, async () => fn())
      return { result, summary: tracker.getSummary() }
    }

    test('tracks duration, outcome and tokens of a text', async () => {
      given.host.answer(json(completion('ok')))
      const { chat: model } = given.bare
      const { summary } = await track(() => given.sdk.ai.generateText({ model, prompt: 'Time?' }))
      expect(summary).toMatchObject({
        tokens: once,
        outcome: { status: 'success' },
        durationMs: expect.any(Number),
      })
    })

    test('sums the steps', async () => {
      const call = toolCall('call_1', 'weather', { city: 'Bern' })
      given.host.answer(inTurn(json(completion(null, { tool_calls: [call] })), json(completion('ok'))))
      const { ai } = given.sdk
      const all = { model: given.bare.chat, prompt: 'Warm?', tools: { weather }, stopWhen: ai.stepCountIs(3) }
      const { summary } = await track(() => ai.generateText(all))
      expect(summary.tokens).toEqual({ input: 40, output: 18, total: 58, cachedInput: 32, reasoning: 8 })
    })

    test('counts the cache of Anthropic', async () => {
      given.host.answer(json(message([{ type: 'text', text: 'ok' }])))
      const { claude: model } = given.bare
      const { summary } = await track(() => given.sdk.ai.generateText({ model, prompt: 'Time?' }))
      expect(summary.tokens).toMatchObject({ input: 66, output: 9, cachedInput: 16, cacheWrite: 30 })
    })

    test('tracks the error, and rethrows it', async () => {
      given.host.answer(failure(400, 'no such model'))
      const { chat: model } = given.bare
      const tracker = createTracker({ sink: memorySink(), configKey: 'test' })
      const asked = trackAiSdkMetrics(tracker, () => given.sdk.ai.generateText({ model, prompt: 'Time?' }))
      await expect(asked).rejects.toThrow('no such model')
      expect(tracker.getSummary()).toMatchObject({ outcome: { status: 'error' } })
    })

    test('leaves a stream unread', async () => {
      given.host.answer(stream(...textChunks('a', 'b')))
      const { chat: model } = given.bare
      const { result, summary } = await track(() => given.sdk.ai.streamText({ model, prompt: 'Time?' }))
      expect(summary.tokens).toBeUndefined()
      expect(await (result as { text: Promise<string> }).text).toBe('ab')
    })

    test('tracks an embedding', async () => {
      const data = [{ object: 'embedding', index: 0, embedding: [1] }]
      const usage = { prompt_tokens: 4, total_tokens: 4 }
      given.host.answer(json({ object: 'list', model: 'text-embedding-test', data, usage }))
      const model = given.bare.embedding as NonNullable<typeof given.bare.embedding>
      const { summary } = await track(() => given.sdk.ai.embed({ model, value: 'a' }))
      expect(summary.tokens).toEqual({ input: 4, output: 0, total: 4 })
    })
  })
}
