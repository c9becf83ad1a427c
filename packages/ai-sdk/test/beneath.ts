import { tapFetch } from '@runtape/openai'
import { completion, json, stream, textChunks, toolCall } from '@runtape/testing/openai'
import { describe, expect, test } from 'vitest'
import { collect } from './cases/case.ts'
import { weather } from './cases/request-cases.ts'
import type { Fetch } from './given.ts'
import type { Sdk } from './sdks.ts'
import { setUp } from './set-up.ts'

const question = 'What time is it?'
const once = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
const twice = { input: 40, output: 18, total: 58, cachedInput: 32, reasoning: 8 }

/** With a tap on the provider's `fetch`, which sees the same calls. */
export function countsOnce(major: Sdk['major']): void {
  describe(`a tap beneath, ai ${major}`, () => {
    const given = setUp(major, tapFetch() as Fetch)
    const keys = () => given.tape.calls.map(({ key }) => key)
    const call = toolCall('call_1', 'weather', { city: 'Bern' })

    test('records what has no middleware', async () => {
      given.host.answer(json(completion('ok')))
      const { chat: model } = given.bare
      expect(await given.tally(() => given.sdk.ai.generateText({ model, prompt: question }))).toEqual(once)
      expect(keys()).toEqual(['openai.chat.completions'])
    })

    test('leaves a call to the middleware', async () => {
      given.host.answer(json(completion('ok')))
      const { chat: model } = given.instrumented
      expect(await given.tally(() => given.sdk.ai.generateText({ model, prompt: question }))).toEqual(once)
      expect(keys()).toEqual(['ai-sdk.generate'])
    })

    test('leaves a stream to the middleware', async () => {
      given.host.answer(stream(...textChunks('a', 'b')))
      const { chat: model } = given.instrumented
      const usage = await given.tally(() =>
        collect(given.sdk.ai.streamText({ model, prompt: question }).textStream),
      )
      expect(usage).toEqual(once)
      expect(keys()).toEqual(['ai-sdk.stream'])
    })

    test('leaves a model that is wrapped twice to the outer one', async () => {
      given.host.answer(json(completion('ok')))
      const model = given.instrumented.wrap(given.instrumented.chat)
      expect(await given.tally(() => given.sdk.ai.generateText({ model, prompt: question }))).toEqual(once)
      expect(keys()).toEqual(['ai-sdk.generate'])
    })

    test.each(['generated', 'streamed'])('records the calls of a tool while an answer is %s', async how => {
      const { ai } = given.sdk
      const { chat: model, tools } = given.instrumented
      const { chat: inner } = given.bare
      const asking = {
        ...weather,
        execute: async () => (await ai.generateText({ model: inner, prompt: 'Which month is it?' })).text,
      }
      const all = { model, prompt: question, tools: tools({ weather: asking }) }
      given.host.answer((reply, request, index) => {
        const isInner = JSON.stringify(request.body).includes('month')
        if (isInner) return json(completion('May'))(reply, request, index)
        const chunk = {
          ...(completion(null) as { choices: [] }),
          choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...call }] } }],
        }
        const last = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }
        return (how === 'streamed' ? stream(chunk, last) : json(completion(null, { tool_calls: [call] })))(
          reply,
          request,
          index,
        )
      })
      const usage = await given.tally(async () =>
        how === 'streamed' ? await ai.streamText(all).consumeStream() : await ai.generateText(all),
      )
      expect(keys().sort()).toEqual([
        how === 'streamed' ? 'ai-sdk.stream' : 'ai-sdk.generate',
        'openai.chat.completions',
      ])
      expect(usage).toEqual(twice)
      const tool = given.tape.spans.find(({ key }) => key === 'ai-sdk.tool')
      const innerCall = given.tape.calls.find(({ key }) => key === 'openai.chat.completions')
      expect(innerCall?.parentSpanId).toBe(tool?.spanId)
    })

    test('counts embeddings once', async () => {
      given.host.answer(
        json({
          object: 'list',
          model: 'text-embedding-test',
          data: [{ object: 'embedding', index: 0, embedding: [1, 0.5] }],
          usage: { prompt_tokens: 4, total_tokens: 4 },
        }),
      )
      const model = given.instrumented.embedding as NonNullable<typeof given.instrumented.embedding>
      const usage = await given.tally(() => given.sdk.ai.embed({ model, value: 'a' }))
      expect(usage).toEqual({ input: 4, output: 0, total: 4 })
      expect(keys()).toEqual([major === 5 ? 'openai.embeddings' : 'ai-sdk.embed'])
    })
  })
}
