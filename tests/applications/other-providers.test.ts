import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { instrumentAnthropic } from '@runtape/anthropic'
import { instrumentGoogle } from '@runtape/google'
import { createRecorder } from '@runtape/recorder'
import { genaiPrices } from '@runtape/recorder/genai-prices'
import { type MockStrategy, replay } from '@runtape/replay'
import { sqliteStore } from '@runtape/store-sqlite'
import * as claude from '@runtape/testing/anthropic'
import * as gemini from '@runtape/testing/google'
import { configureTracing, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

let hostOfClaude: claude.FakeHost
let hostOfGemini: gemini.FakeHost
beforeAll(async () => {
  hostOfClaude = await claude.startFakeAnthropic()
  hostOfGemini = await gemini.startFakeGoogle()
})
afterEach(() => configureTracing(undefined))
afterAll(() => Promise.all([hostOfClaude.close(), hostOfGemini.close()]))

const prices = genaiPrices()
const logger = { warn: () => {} }

/** Records a program in a run, and returns its bill and a function that replays it. */
async function recorded(program: () => Promise<unknown>) {
  const store = sqliteStore(':memory:')
  const recorder = createRecorder({ store, logger, prices })
  let how = program
  configureTracing({ sink: recorder, logger })
  const fn = traced('fn', async () =>
    createTracker({ sink: recorder, configKey: 'test' }).run(async () => how()),
  )
  await fn()
  await recorder.flush()
  for (const host of [hostOfClaude, hostOfGemini]) host.answer(response => void response.writeHead(500).end())
  return {
    bill: async () => (await store.runs.usage({}))[0],
    asked: () => hostOfClaude.requests.length + hostOfGemini.requests.length,
    replayed: async (mock: MockStrategy = 'all', change = program) => {
      how = change
      const { items, summary } = await replay(fn, { store, mock, logger })
      return { item: items[0], summary }
    },
  }
}

const question = { model: 'claude-haiku-5-5', max_tokens: 100, messages: claude.question.messages }
const anthropic = () =>
  instrumentAnthropic(new Anthropic({ apiKey: 'k', baseURL: hostOfClaude.url, maxRetries: 0 }))
const google = () =>
  instrumentGoogle(new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: hostOfGemini.url } }))

const messageWith = (usage: object) =>
  claude.json(claude.message([claude.text('ok')], { model: 'claude-sonnet-4-5-20250929', usage }))
const contentWith = (usageMetadata: object) =>
  gemini.json(gemini.generated([gemini.text('ok')], { modelVersion: 'gemini-2.5-flash', usageMetadata }))

const askClaude = (usage: object) => async () => {
  hostOfClaude.answer(messageWith(usage))
  return anthropic().messages.create(question)
}
const askGemini = (usageMetadata: object) => async () => {
  hostOfGemini.answer(contentWith(usageMetadata))
  return google().models.generateContent({ model: 'gemini-2.5-flash', contents: 'Hi' })
}

const million = 1_000_000
const dollars = (nanoUsd: bigint | number | undefined) => Number(nanoUsd) / 1e9

describe('a run is priced by its model', () => {
  test.each([
    ['Claude: input and output', askClaude({ input_tokens: million / 10, output_tokens: million }), 15.3],
    [
      'Claude: reads of the cache, and writes for five minutes and for an hour',
      askClaude({
        input_tokens: 0,
        cache_read_input_tokens: million,
        cache_creation_input_tokens: 2 * million,
        cache_creation: { ephemeral_5m_input_tokens: million, ephemeral_1h_input_tokens: million },
        output_tokens: 0,
      }),
      // Above 200,000 input tokens each price doubles: 0.6, 7.5 and 12.
      20.1,
    ],
    [
      'Gemini: thoughts at the price of output',
      askGemini({
        promptTokenCount: million,
        candidatesTokenCount: million / 2,
        thoughtsTokenCount: million / 2,
        totalTokenCount: 2 * million,
      }),
      2.8,
    ],
    [
      'Gemini: cached content',
      askGemini({ promptTokenCount: million, cachedContentTokenCount: million, totalTokenCount: million }),
      0.03,
    ],
  ])('%s', async (_, program, price) => {
    const { bill } = await recorded(program)
    expect(dollars((await bill())?.cost?.nanoUsd)).toBeCloseTo(price, 3)
  })

  test.each([
    [
      'the tokens of an advisor with another model',
      askClaude({
        ...{ input_tokens: 10, output_tokens: 5 },
        iterations: [
          { type: 'advisor_message', model: 'claude-opus-4-5', input_tokens: 50, output_tokens: 9 },
        ],
      }),
    ],
    [
      'tokens outside all parts',
      askGemini({ promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 40 }),
    ],
  ])('and unpriced with %s', async (_, program) => {
    const { bill } = await recorded(program)
    const row = await bill()
    expect(row?.tokens?.total).toBeGreaterThan(15)
    expect(row?.cost).toBeUndefined()
  })
})

describe.each([
  [
    'Anthropic',
    async () => {
      hostOfClaude.answer(
        claude.inTurn(
          claude.stream(...claude.textEvents('a', 'b')),
          claude.json(claude.message([claude.text('c')])),
        ),
      )
      const client = anthropic()
      const { content } = await client.messages.stream(question).finalMessage()
      return [content, (await client.messages.create(question)).content]
    },
    async () => void (await anthropic().messages.countTokens({ model: 'm', messages: [] })),
  ],
  [
    'Google',
    async () => {
      hostOfGemini.answer(
        gemini.inTurn(
          gemini.stream(...gemini.chunks(gemini.text('a'), gemini.text('b'))),
          gemini.json(gemini.generated([gemini.text('c')])),
        ),
      )
      const chat = google().chats.create({ model: 'm' })
      const words: unknown[] = []
      for await (const { text } of await chat.sendMessageStream({ message: 'Hi' })) words.push(text)
      return [words, (await chat.sendMessage({ message: 'And?' })).text]
    },
    async () => void (await google().models.countTokens({ model: 'm', contents: 'Hi' })),
  ],
])('a program with %s', (name, program, countTokens) => {
  test('is replayed unchanged from the tape alone', async () => {
    const { asked, replayed } = await recorded(program)
    const { item, summary } = await replayed()
    expect(asked()).toBe(0)
    expect(item).toMatchObject({ error: null, mocks: { missed: [], drifted: [] } })
    expect(item?.result).toEqual(item?.originalOutput)
    expect(summary).toMatchObject({ pass: true })
  })

  test('that counts tokens is a miss under `all`, and sends nothing', async () => {
    const { replayed, asked } = await recorded(async () => program())
    const { item, summary } = await replayed('all', async () => countTokens().catch(() => {}))
    expect(asked()).toBe(0)
    expect(item?.mocks.missed).toMatchObject([{ key: `${name.toLowerCase()}.request` }])
    expect(summary).toMatchObject({ pass: false })
  })
})
