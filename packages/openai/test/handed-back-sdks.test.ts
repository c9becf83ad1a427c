import { createOpenAI } from '@ai-sdk/openai'
import { ChatOpenAI } from '@langchain/openai'
import { completion, failure, inTurn, json, stream, textChunks, toolCall } from '@runtape/testing/openai'
import { createTracker } from '@runtape/tracker'
import {
  createUIMessageStream,
  createUIMessageStreamResponse,
  stepCountIs,
  streamObject,
  streamText,
  tool,
} from 'ai'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { tapFetch } from '../src/index.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const model = () =>
  createOpenAI({ apiKey: 'sk-test', baseURL: given.fake.url, fetch: tapFetch() }).chat('gpt-test')
const messages = [{ role: 'user' as const, content: 'Time?' }]
const onError = () => {}
const request = { model: 'gpt-test', messages }
const client = () => given.client({ maxRetries: 0 })

async function listed(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const read: unknown[] = []
  for await (const part of stream) read.push(part)
  return read
}

interface Way {
  readonly name: string
  readonly hand: () => unknown
  readonly read: (handed: never) => Promise<unknown>
}

const way = <T>(name: string, hand: () => T | Promise<T>, read: (handed: T) => Promise<unknown>): Way => ({
  name,
  hand,
  read,
})

const objects = () =>
  streamObject({
    model: model(),
    schema: z.object({ hour: z.number() }),
    prompt: 'Time?',
    maxRetries: 0,
    onError,
  })

const merged = () =>
  createUIMessageStream({
    generateId: () => 'm',
    execute: ({ writer }) => {
      writer.merge(
        streamText({ model: model(), prompt: 'Time?', maxRetries: 0, onError }).toUIMessageStream(),
      )
    },
  })

const langChain = () =>
  new ChatOpenAI({
    apiKey: 'sk-test',
    model: 'gpt-test',
    maxRetries: 0,
    configuration: { baseURL: given.fake.url, fetch: tapFetch() },
  })

const ways: Way[] = [
  way('a result of streamObject', objects, result => listed(result.partialObjectStream)),
  way(
    'the textStream of streamObject',
    () => objects().textStream,
    text => listed(text),
  ),
  way('createUIMessageStream with a merged answer', merged, parts => listed(parts as never)),
  way(
    'createUIMessageStreamResponse',
    () => createUIMessageStreamResponse({ stream: merged() }),
    response => response.text(),
  ),
  way(
    'a stream of the openai SDK',
    () => client().chat.completions.create({ ...request, stream: true }),
    chunks => listed(chunks),
  ),
  way(
    'a branch of a stream of the openai SDK',
    () => client().chat.completions.create({ ...request, stream: true }),
    chunks => listed(chunks.tee()[0]),
  ),
  way(
    'toReadableStream() of the openai SDK, in a response',
    async () => {
      const chunks = await client().chat.completions.create({ ...request, stream: true })
      return new Response(chunks.toReadableStream())
    },
    response => response.text(),
  ),
  way(
    'chat.completions.stream() of the openai SDK',
    () => client().chat.completions.stream(request),
    chunks => listed(chunks),
  ),
  way(
    'withResponse() of the openai SDK',
    () =>
      client()
        .chat.completions.create({ ...request, stream: true })
        .withResponse(),
    ({ data }) => listed(data),
  ),
  way(
    'a stream of LangChain',
    () => langChain().stream('Time?'),
    chunks => listed(chunks),
  ),
]

function desk() {
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const sink = { append: () => {}, flush: async () => {}, close: async () => {} }
  const tracker = createTracker({ sink, configKey: 'test', logger })
  return { tracker, warnings, outcome: () => tracker.getSummary().outcome?.status }
}

const text = (parts: unknown) => JSON.stringify(parts)

test.each(ways)('$name is unchanged, and part of the run', async ({ hand, read }) => {
  given.fake.answer(stream(...textChunks('{"hour":', '12}')))
  const bare = await read((await hand()) as never)
  const { tracker, warnings, outcome } = desk()
  expect(text(await read((await tracker.run(hand)) as never))).toBe(text(bare))
  await expect.poll(outcome).toBe('success')
  expect(tracker.getSummary()).toMatchObject({
    tokens: { input: 20, output: 9, total: 29 },
    timeToFirstTokenMs: expect.any(Number),
  })
  expect(warnings).toEqual([])
})

test.each(ways)('$name fails the run when the model fails', async ({ hand, read }) => {
  given.fake.answer(failure(500, 'overloaded'))
  const { tracker, outcome } = desk()
  await Promise.resolve()
    .then(() => tracker.run(hand) as never)
    .then(read)
    .catch(() => {})
  await expect.poll(outcome).toBe('error')
})

test('all steps of an agent are part of the run that returned its stream', async () => {
  const weather = tool({
    description: 'w',
    inputSchema: z.object({ city: z.string() }),
    execute: async () => 'sunny',
  })
  const step = { tool_calls: [{ index: 0, ...toolCall('call_1', 'weather', { city: 'Bern' }) }] }
  const asks = textChunks('').map((chunk, index) => (index === 1 ? withDelta(chunk, step) : chunk))
  given.fake.answer(inTurn(stream(...asks), stream(...textChunks('Sunny.'))))
  const { tracker, warnings, outcome } = desk()
  const response = tracker.run(() =>
    streamText({
      model: model(),
      prompt: 'Weather?',
      tools: { weather },
      stopWhen: stepCountIs(5),
      maxRetries: 0,
      onError,
    }).toTextStreamResponse(),
  )
  expect(await response.text()).toBe('Sunny.')
  await expect.poll(outcome).toBe('success')
  expect(tracker.getSummary().tokens?.total).toBe(2 * 29)
  expect(warnings).toEqual([])
})

const withDelta = (chunk: object, delta: object) => ({
  ...chunk,
  choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
})

test('returning a complete answer in a Response ends the run when it is read', async () => {
  given.fake.answer(json(completion('Noon.')))
  const { tracker, outcome } = desk()
  const response = await tracker.run(async () =>
    Response.json(await client().chat.completions.create(request)),
  )
  expect(await response.json()).toMatchObject({ object: 'chat.completion' })
  expect(outcome()).toBe('success')
})
