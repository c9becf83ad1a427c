import { createRecorder } from '@runtape/recorder'
import { type ReplayOptions, replay } from '@runtape/replay'
import { memoryStore } from '@runtape/testing'
import {
  completion,
  failure,
  inTurn,
  json,
  reset,
  stream,
  textChunks,
  toolCall,
} from '@runtape/testing/openai'
import { configureTracing, traced } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { collect, type Given, observedError } from './cases/case.ts'
import { weather } from './cases/request-cases.ts'
import type { Sdk } from './sdks.ts'
import { setUp } from './set-up.ts'

export function replaysAs(major: Sdk['major']): void {
  describe(`a replay, ai ${major}`, () => {
    const given = setUp(major)

    /** Records it, lets `change` happen, and replays it. */
    async function again<T>(
      observe: (given: Given) => Promise<T>,
      options: Partial<ReplayOptions>,
      change: () => void = () => given.host.answer(failure(500, 'No request may come here.')),
    ) {
      const store = memoryStore()
      const recorder = createRecorder({ store })
      configureTracing({ sink: recorder })
      const root = traced('test.root', async () => observe(given.instrumented))
      const recorded = await root()
      await recorder.close()
      change()
      const { items } = await replay(root, { store, itemTimeoutMs: 20_000, ...options })
      const [item] = items
      if (!item) throw new Error('Nothing was replayed.')
      return { recorded, item }
    }

    const prompts = { system: 'You are brief.' }
    const text = async ({ ai, chat: model }: Given) =>
      (await ai.generateText({ model, system: prompts.system, prompt: 'Time?' })).text
    const streamed = async ({ ai, chat: model }: Given) =>
      collect(ai.streamText({ model, system: prompts.system, prompt: 'Time?', onError() {} }).textStream)

    test.each([
      ['a text', text, json(completion('Halb zwölf.'))],
      ['a stream', streamed, stream(...textChunks('Halb ', 'zwölf.'))],
    ])('of %s with a changed prompt is a drift', async (_, observe, reply) => {
      given.host.answer(reply)
      const { recorded, item } = await again<unknown>(observe, { mock: 'all' }, () => {
        prompts.system = 'You are very brief.'
      })
      prompts.system = 'You are brief.'
      expect(item.result).toEqual(recorded)
      expect(item.mocks.drifted).toMatchObject([{ key: expect.stringMatching(/^ai-sdk\./) }])
      expect(given.host.requests).toHaveLength(1)
    })

    test('with one more call is a miss, and sends nothing', async () => {
      given.host.answer(json(completion('ok')))
      let times = 1
      const observe = async (to: Given) => {
        for (let left = times; left > 0; left--) await text(to)
      }
      const { item } = await again(observe, { mock: 'all' }, () => {
        times = 2
        given.host.answer(json(completion('ok')))
      })
      expect(item.error).toContain("this call of 'ai-sdk.generate'")
      expect(item.mocks.missed).toHaveLength(1)
      expect(given.host.requests).toEqual([])
    })

    test('of a text that is now streamed is a miss', async () => {
      given.host.answer(json(completion('ok')))
      let observe: (to: Given) => Promise<unknown> = text
      const { item } = await again(
        to => observe(to),
        { mock: 'all' },
        () => {
          observe = streamed
        },
      )
      expect(item.mocks.missed).toMatchObject([{ key: 'ai-sdk.stream' }])
    })

    test('of broken connections breaks as often, without waits', async () => {
      given.host.answer(reset)
      const observe = async ({ ai, chat: model }: Given) => {
        const seen: unknown[] = []
        const onError = ({ error }: { error: unknown }) => void seen.push(observedError(error))
        const asked = { model, prompt: 'Time?', maxRetries: 1 }
        await ai.streamText({ ...asked, onError }).consumeStream()
        await ai.generateText(asked).catch((error: unknown) => seen.push(observedError(error)))
        return seen
      }
      const { recorded, item } = await again(observe, { mock: 'all' })
      expect(recorded).toHaveLength(2)
      expect(item).toMatchObject({
        outcome: 'same',
        result: recorded,
        mocks: { missed: [], drifted: [], unused: [] },
      })
      expect(item.replay.durationMs).toBeLessThan(item.durationMs ?? 0)
    })

    test('answers marked tools, and calls the model', async () => {
      const call = toolCall('call_1', 'weather', { city: 'Bern' })
      const replies = () =>
        inTurn(json(completion(null, { tool_calls: [call] })), json(completion('It is warm.')))
      let ran = 0
      const counting = {
        ...weather,
        execute: async ({ city }: { city: string }) => ({ city, celsius: 20 + ++ran }),
      }
      const observe = async ({ ai, chat: model, tools }: Given) => {
        const all = {
          model,
          prompt: 'Warm?',
          tools: tools({ weather: counting }),
          stopWhen: ai.stepCountIs(3),
        }
        const { steps, text: said } = await ai.generateText(all)
        return [steps.flatMap(({ toolResults }) => toolResults.map(({ output }) => output)), said]
      }
      given.host.answer(replies())
      const { recorded, item } = await again(observe, { mock: 'marked' }, () => given.host.answer(replies()))
      expect(item).toMatchObject({ outcome: 'same', result: recorded })
      expect(ran).toBe(1)
      expect(given.host.requests).toHaveLength(2)
      expect(item.mocks.served).toMatchObject([{ key: 'ai-sdk.tool', name: 'weather' }])
    })

    test("serves a marked tool's preliminary results again", async () => {
      const call = toolCall('call_1', 'weather', { city: 'Bern' })
      given.host.answer(inTurn(json(completion(null, { tool_calls: [call] })), json(completion('ok'))))
      let ran = 0
      const patient = {
        ...weather,
        async *execute({ city }: { city: string }) {
          ran++
          yield { city, celsius: 0 }
          yield { city, celsius: 21 }
        },
      }
      const observe = async ({ ai, chat: model, tools }: Given) => {
        const all = {
          model,
          prompt: 'Warm?',
          tools: tools({ weather: patient }),
          stopWhen: ai.stepCountIs(3),
        }
        return (await ai.generateText(all)).steps.flatMap(({ toolResults }) =>
          toolResults.map(({ output }) => output),
        )
      }
      const { recorded, item } = await again(observe, { mock: 'all' })
      expect(recorded).toEqual([{ city: 'Bern', celsius: 21 }])
      expect(item).toMatchObject({ outcome: 'same', result: recorded })
      expect(ran).toBe(1)
    })

    test('fails a tool whose recorded execution failed', async () => {
      const call = toolCall('call_1', 'weather', { city: 'Bern' })
      given.host.answer(inTurn(json(completion(null, { tool_calls: [call] })), json(completion('ok'))))
      let ran = 0
      const broken = {
        ...weather,
        execute: async () => {
          ran++
          throw new TypeError('no thermometer')
        },
      }
      const observe = async ({ ai, chat: model, tools }: Given) => {
        const all = { model, prompt: 'Warm?', tools: tools({ weather: broken }), stopWhen: ai.stepCountIs(3) }
        const { steps } = await ai.generateText(all)
        return steps.flatMap(({ content }) => content.filter(({ type }) => type === 'tool-error')).map(String)
      }
      const { recorded, item } = await again(observe, { mock: 'all' })
      expect(recorded).toHaveLength(1)
      expect(item).toMatchObject({ outcome: 'same' })
      expect(ran).toBe(1)
    })
  })
}
