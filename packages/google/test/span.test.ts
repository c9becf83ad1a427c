import {
  failure,
  generated,
  inTurn,
  json,
  question,
  reset,
  text,
  usageMetadata,
} from '@runtape/testing/google'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { setUp, tokens } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const ok = json(generated([text('ok')]))
const ask = () => client().models.generateContent(question)
const output = () => valueOf(tape.call.output) as Record<string, unknown>

describe('an answer', () => {
  test('is one span with request, answer, usage, model and finish reason', async () => {
    given.fake.answer(ok)
    await ask()
    expect(tape.call).toMatchObject({
      key: 'google.generate-content',
      type: 'model',
      status: 'ok',
      usage: tokens,
      model: 'gemini-test-2026',
      metadata: { attempts: 1, finishReason: 'STOP' },
    })
    expect(valueOf(tape.call.input)).toEqual([
      { contents: [{ parts: [{ text: question.contents }], role: 'user' }] },
    ])
    expect(output()).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: generated([text('ok')]),
      layout: { indent: 2, end: '\n' },
    })
  })

  test('has no key and no other request header on the tape', async () => {
    given.fake.answer(ok)
    await client({ httpOptions: { headers: { 'x-tenant-key': 'tenant-secret' } } }).models.generateContent(
      question,
    )
    await client({ vertexai: true, apiKey: 'vertex-secret' }).models.generateContent(question)
    expect(tape.calls.map(({ usage }) => usage)).toEqual([tokens, tokens])
    expect(JSON.stringify(tape.records)).not.toMatch(/secret/)
  })

  test('without a model version has the model of the path', async () => {
    given.fake.answer(json({ ...generated([text('ok')]), modelVersion: undefined }))
    await client().models.generateContent({ ...question, model: 'models/gemini-test' })
    expect(tape.call.model).toBe('gemini-test')
  })

  test('to a blocked prompt has the reason', async () => {
    const usage = { promptTokenCount: 20, totalTokenCount: 20 }
    given.fake.answer(json({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: usage }))
    await ask()
    expect(tape.call).toMatchObject({
      status: 'ok',
      usage: { input: 20, output: 0 },
      metadata: { finishReason: 'SAFETY' },
    })
  })

  test.each([
    ['without usage', {}],
    ['with invalid counts', { usageMetadata: { promptTokenCount: '5', candidatesTokenCount: 1 } }],
    ['with half a token', { usageMetadata: { promptTokenCount: 5.5 } }],
  ])('%s has no tokens, not zero', async (_, more) => {
    given.trace({ logger: { warn: () => {} } })
    given.fake.answer(json({ candidates: [], ...more }))
    await ask()
    expect(tape.call.usage).toBeUndefined()
  })

  test('that failed has the status of the error', async () => {
    given.fake.answer(failure(429, 'Quota'))
    await expect(ask()).rejects.toThrow('Quota')
    expect(tape.call).toMatchObject({ status: 'error', error: { message: '429 Quota' } })
    expect(output()).toMatchObject({ status: 429, body: { error: { status: 'RESOURCE_EXHAUSTED' } } })
  })

  test('that never came is an error, or cancelled if the application aborted', async () => {
    const controller = new AbortController()
    given.fake.answer(inTurn(reset, () => controller.abort()))
    await expect(ask()).rejects.toThrow('fetch failed')
    const config = { abortSignal: controller.signal }
    await expect(client().models.generateContent({ ...question, config })).rejects.toThrow('aborted')
    expect(tape.calls.map(({ status }) => status)).toEqual(['error', 'cancelled'])
  })
})

describe('other calls of models', () => {
  test('embeddings have their tokens if reported', async () => {
    const embeddings = [{ values: [1] }]
    given.fake.answer(
      inTurn(json({ embeddings, usageMetadata: { promptTokenCount: 6 } }), json({ embeddings })),
    )
    const model = 'embedding-test'
    for (let times = 0; times < 2; times++) await client().models.embedContent({ model, contents: 'a' })
    expect(tape.calls.map(({ key, usage, model }) => [key, usage, model])).toEqual([
      ['google.embed-content', { input: 6, output: 0, total: 6 }, model],
      ['google.embed-content', undefined, model],
    ])
  })

  test('embeddings of Vertex have the sum of all tokens, or none', async () => {
    const one = (token_count?: number) => ({ embeddings: { values: [1], statistics: { token_count } } })
    given.fake.answer(inTurn(json({ predictions: [one(3), one(4)] }), json({ predictions: [one(3), one()] })))
    const vertex = client({ vertexai: true, apiKey: 'k' })
    for (let times = 0; times < 2; times++)
      await vertex.models.embedContent({ model: 'text-embedding-005', contents: ['a', 'b'] })
    expect(tape.calls.map(({ key, usage }) => [key, usage?.input])).toEqual([
      ['google.predict', 7],
      ['google.predict', undefined],
    ])
  })

  test('an interaction has its tokens, and a failed one is an error', async () => {
    const usage = {
      total_input_tokens: 20,
      total_output_tokens: 5,
      total_thought_tokens: 4,
      total_tokens: 29,
    }
    const interaction = {
      id: 'i1',
      object: 'interaction',
      model: 'gemini-test',
      status: 'completed',
      steps: [],
      usage,
    }
    given.fake.answer(json(interaction))
    await client().interactions.create({ model: 'gemini-test', input: 'Hi' })
    expect(tape.call).toMatchObject({
      key: 'google.interactions',
      status: 'ok',
      usage: { input: 20, output: 9, total: 29, reasoning: 4 },
      model: 'gemini-test',
    })
  })
})

test('a chat with automatic function calling is one call per request, and one run', async () => {
  const call = { functionCall: { name: 'weather', args: {} } }
  given.fake.answer(inTurn(json(generated([call])), ok))
  const tool = {
    tool: async () => ({ functionDeclarations: [{ name: 'weather' }] }),
    callTool: async () => [{ functionResponse: { name: 'weather', response: {} } }],
  }
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  await tracker.run(async () => {
    const chat = client().chats.create({ model: question.model, config: { tools: [tool] } })
    await chat.sendMessage({ message: 'Hi' })
    await chat.sendMessage({ message: 'And now?' })
  })
  expect(tape.calls).toHaveLength(3)
  expect(tracker.getSummary().tokens).toMatchObject({ total: usageMetadata.totalTokenCount * 3 })
})

test('requests without a model are no calls: token counts, models, caches, files', async () => {
  given.fake.answer(json({ totalTokens: 4, models: [], name: 'cachedContents/1' }))
  const google = client()
  await google.models.countTokens(question)
  await google.models.list()
  await google.caches.create({ model: 'm', config: {} })
  await google.files.get({ name: 'files/1' })
  expect(given.fake.requests).toHaveLength(4)
  expect(tape.records).toEqual([])
})
