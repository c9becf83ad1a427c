import { createOpenAI } from '@ai-sdk/openai'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { replayCalls } from '@runtape/testing'
import {
  completion,
  failure,
  inTurn,
  json,
  response,
  stream,
  streamResponse,
  textChunks,
  toolCall,
} from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { generateText, stepCountIs, streamText, tool } from 'ai'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { tapFetch } from '../src/index.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape } = given
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
const weather = {
  description: 'The weather',
  inputSchema: z.object({ city: z.string() }),
  execute: async () => 'sunny',
}

const aiSdk = () => createOpenAI({ apiKey: 'sk-test', baseURL: given.fake.url, fetch: tapFetch() })
const langChain = (more = {}) =>
  new ChatOpenAI({
    apiKey: 'sk-test',
    model: 'gpt-test',
    maxRetries: 0,
    configuration: { baseURL: given.fake.url, fetch: tapFetch() },
    ...more,
  })
const tracker = () => createTracker({ sink: tape, configKey: 'test' })

describe('the Vercel AI SDK over tapFetch', () => {
  test('a text is one span with its usage, in the surrounding run', async () => {
    given.fake.answer(json(response('Halb zwölf.')))
    const run = tracker()
    const { text } = await run.run(() => generateText({ model: aiSdk()('gpt-test'), prompt: 'Time?' }))
    expect(text).toBe('Halb zwölf.')
    expect(tape.call).toMatchObject({ key: 'openai.responses', usage: tokens, model: 'gpt-test-2026' })
    expect(run.getSummary().tokens).toEqual(tokens)
  })

  test('a streamed text is one span with its time to first token', async () => {
    given.fake.answer(streamResponse('Halb ', 'zwölf.'))
    const run = tracker()
    const text = await run.run(async () => streamText({ model: aiSdk()('gpt-test'), prompt: 'Time?' }).text)
    expect(text).toBe('Halb zwölf.')
    expect(tape.call).toMatchObject({ usage: tokens, timeToFirstTokenMs: expect.any(Number) })
    expect(run.getSummary().tokens).toEqual(tokens)
  })

  test("an agent's steps are summed, and a surrounding traced function does not count them again", async () => {
    given.fake.answer(
      inTurn(
        json(completion(null, { tool_calls: [toolCall('call_1', 'weather', { city: 'Bern' })] })),
        json(completion('Sunny.')),
      ),
    )
    const agent = traced('test.agent', () =>
      generateText({
        model: aiSdk().chat('gpt-test'),
        prompt: 'Weather in Bern?',
        tools: { weather: tool(weather) },
        stopWhen: stepCountIs(5),
      }),
    )
    const run = tracker()
    expect((await run.run(agent)).text).toBe('Sunny.')
    expect(tape.calls.map(({ key }) => key)).toEqual(['openai.chat.completions', 'openai.chat.completions'])
    expect(run.getSummary().tokens?.total).toBe(2 * tokens.total)
    expect(tape.spans.filter(({ usage }) => usage)).toHaveLength(2)
  })

  test('a replay answers from the tape', async () => {
    given.fake.answer(json(completion('Halb zwölf.')))
    const model = aiSdk().chat('gpt-test')
    const ask = () => generateText({ model, prompt: 'Time?' }).then(({ text }) => text)
    await ask()
    given.fake.answer(failure(500, 'No request may come here.'))
    const { result } = await replayCalls([tape.call], traced('test.ask', ask))
    expect(result).toBe('Halb zwölf.')
    expect(given.fake.requests).toEqual([])
  })
})

describe('LangChain over tapFetch', () => {
  test('an answer is one span with its usage, in the surrounding run', async () => {
    given.fake.answer(json(completion('Halb zwölf.')))
    const run = tracker()
    const { content } = await run.run(() => langChain().invoke('Time?'))
    expect(content).toBe('Halb zwölf.')
    expect(tape.call).toMatchObject({ key: 'openai.chat.completions', usage: tokens })
    expect(run.getSummary().tokens).toEqual(tokens)
  })

  test('a streamed answer is one span', async () => {
    given.fake.answer(stream(...textChunks('Halb ', 'zwölf.')))
    const run = tracker()
    let text = ''
    await run.run(async () => {
      for await (const { content } of await langChain().stream('Time?')) text += content
    })
    expect(text).toBe('Halb zwölf.')
    expect(tape.call).toMatchObject({ usage: tokens, timeToFirstTokenMs: expect.any(Number) })
    expect(run.getSummary().tokens).toEqual(tokens)
  })

  test('bound tools and a surrounding chain do not count usage again', async () => {
    given.fake.answer(
      json(completion(null, { tool_calls: [toolCall('call_1', 'weather', { city: 'Bern' })] })),
    )
    const { execute: _, inputSchema, description } = weather
    const bound = langChain().bindTools([{ name: 'weather', description, schema: inputSchema }])
    const run = tracker()
    const { tool_calls } = await run.run(() => bound.invoke('Weather in Bern?'))
    expect(tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Bern' } }])
    expect(run.getSummary().tokens).toEqual(tokens)
  })

  test('embeddings are spans', async () => {
    given.fake.answer(
      json({
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
        model: 'e',
        usage: { prompt_tokens: 5, total_tokens: 5 },
      }),
    )
    const configuration = { baseURL: given.fake.url, fetch: tapFetch() }
    const embeddings = new OpenAIEmbeddings({ apiKey: 'sk-test', model: 'e', configuration, maxRetries: 0 })
    await embeddings.embedQuery('Time?')
    expect(tape.call).toMatchObject({ key: 'openai.embeddings', usage: { input: 5, output: 0, total: 5 } })
  })
})

test('a tapped fetch is returned unchanged', () => {
  const tapped = tapFetch()
  expect(tapFetch(tapped)).toBe(tapped)
})
