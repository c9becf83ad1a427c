import type { TokenUsage } from '@runtape/core'
import { createRecorder } from '@runtape/recorder'
import { genaiPrices } from '@runtape/recorder/genai-prices'
import { memoryStore } from '@runtape/testing'
import { collect } from '@runtape/testing/openai'
import { createTracker } from '@runtape/tracker'
import type OpenAI from 'openai'
import type { ClientOptions } from 'openai'
import { describe, expect, test } from 'vitest'
import { clouds } from './hosts/clouds.ts'
import { localServers } from './hosts/local-servers.ts'
import { modelMakers } from './hosts/model-makers.ts'
import type { ChatHost } from './hosts/wire.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()

function serve({ answer, refusal, stream, headers = {} }: ChatHost): void {
  given.fake.answer((response, { body }) => {
    if (refusal && body.stream_options) {
      response.writeHead(refusal.status, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify(refusal.body))
    }
    const type = body.stream ? 'text/event-stream' : 'application/json'
    response.writeHead(200, { 'content-type': type, ...headers })
    response.end(body.stream ? stream(body.stream_options?.include_usage === true) : JSON.stringify(answer))
  })
}

/** Makes the fake host reachable under this name. */
function clientOptions({ at }: ChatHost): ClientOptions {
  if (at === undefined) return {}
  const fetch: typeof globalThis.fetch = (input, init) =>
    globalThis.fetch(String(input).replace(`https://${at}`, new URL(given.fake.url).origin), init)
  return { fetch, baseURL: `https://${at}/v1` }
}

/** The bill of one run in which the application does `work`. */
async function billed(work: () => Promise<unknown>): Promise<TokenUsage | undefined> {
  const tracker = createTracker({ configKey: 'support', sink: given.tape })
  await tracker.run(work)
  return tracker.getSummary().tokens
}

const messages = [{ role: 'user' as const, content: 'Time?' }]
const streamOf = async (client: OpenAI, model: string, more: object = {}) =>
  collect(await client.chat.completions.create({ model, messages, stream: true, ...more }))

describe.each([...modelMakers, ...clouds, ...localServers])('$name', host => {
  const { model, usage, streamUsage = usage, answeredBy = model } = host
  const message = () => (valueOf(given.tape.call.output) as { message: { content: string } }).message

  test('a whole answer is billed', async () => {
    serve(host)
    expect(
      await billed(() => given.client(clientOptions(host)).chat.completions.create({ model, messages })),
    ).toEqual(usage)
    expect(given.tape.call).toMatchObject({ model: answeredBy, status: 'ok', usage })
  })

  test('a stream is billed, and its message is the aggregate of its chunks', async () => {
    serve(host)
    expect(await billed(() => streamOf(given.client(clientOptions(host)), model))).toEqual(streamUsage)
    expect(given.tape.call).toMatchObject({ model: answeredBy, status: 'ok', usage: streamUsage })
    expect(message().content).toBe(host.text)
  })

  const wishes = [{}, { stream_options: { include_usage: true } }, { usage: { include: true } }]
  test.each(wishes.filter(wish => !host.refusal || !('stream_options' in wish)))(
    'the application sees the same stream as without a tap, requested with %j',
    async more => {
      serve(host)
      const client = given.client(clientOptions(host))
      const expected = await streamOf(given.raw(clientOptions(host)), model, more)
      const first = await streamOf(client, model, more)
      // Twice: what the tap learned about the host the first time changes nothing.
      if (!host.isLearned) expect(first).toEqual(expected)
      expect(await streamOf(client, model, more)).toEqual(expected)
    },
  )
})

describe('a host that refuses `stream_options`', () => {
  const chunk = (more: object) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...more })}\n\n`
  const said = chunk({ choices: [{ index: 0, delta: { content: 'Noon.' }, finish_reason: null }] })
  const ended = chunk({
    choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 2 },
  })

  /** Answers requests that have `stream_options` with this failure, and others with a stream. */
  function refuseLike(status: number, body: string, type = 'application/json'): void {
    given.fake.answer((response, request) => {
      if (request.body.stream_options) {
        response.writeHead(status, {
          'content-type': type,
          ...(body === '' && status !== 200 && { 'content-length': '0' }),
        })
        return void response.end(body)
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`${said}${ended}data: [DONE]\n\n`)
    })
  }
  const error = (message: string) => JSON.stringify({ error: { message } })
  const asked = () => given.fake.requests.map(({ body }) => body.stream_options !== undefined)

  test.each([
    [400, error('Unknown field: include_usage')],
    [400, error('unrecognized keyword streamOptions')],
    [422, error('stream_options: extra fields not permitted')],
    [400, error('bad request')],
    [400, ''],
    [404, error('no such route')],
    [422, '{}'],
    [500, 'Internal Server Error'],
    [200, ''],
  ])('with %d %j receives the original request, and no more edits', async (status, body) => {
    refuseLike(status, body, status === 200 ? 'text/event-stream' : undefined)
    const client = given.client({ maxRetries: 0 })
    const { items, error } = await streamOf(client, 'm')
    expect(error).toBeUndefined()
    expect(items).toHaveLength(2)
    expect(given.tape.call).toMatchObject({
      status: 'ok',
      usage: { input: 3, output: 2 },
      metadata: { attempts: 1 },
    })
    await streamOf(client, 'm')
    expect(asked()).toEqual([true, false, false])
  })

  test.each([
    [400, error('You exceeded your current quota')],
    [400, error("This model's maximum context length is 8192 tokens")],
    [400, error('Incorrect API key provided')],
    [401, error('no')],
    [403, error('no')],
    [429, error('slow down')],
    [503, error('busy')],
  ])('is not assumed if %d %j names another cause', async (status, body) => {
    refuseLike(status, body)
    await streamOf(given.client({ maxRetries: 0 }), 'm').catch(() => {})
    expect(asked()).toEqual([true])
  })

  test('is not assumed if the unedited request, tried once, fails too', async () => {
    given.fake.answer(response => void response.writeHead(500).end('down'))
    const client = given.client({ maxRetries: 0 })
    for (let time = 0; time < 3; time++) await streamOf(client, 'm').catch(() => {})
    expect(asked()).toEqual([true, false, true, true])
  })
})

test("an empty model in the first chunk is not the model's name", async () => {
  const azure = modelMakers.find(({ name }) => name === 'Azure OpenAI') as ChatHost
  serve(azure)
  await streamOf(given.client(), azure.model)
  expect(given.tape.call.model).toBe(azure.answeredBy)
})

test('embeddings that report only a total are all input', async () => {
  given.fake.answer(response => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const data = [{ object: 'embedding', index: 0, embedding: [0.5] }]
    response.end(JSON.stringify({ object: 'list', data, model: 'voyage-4', usage: { total_tokens: 12 } }))
  })
  await given.client().embeddings.create({ model: 'voyage-4', input: 'Noon', encoding_format: 'float' })
  expect(given.tape.call).toMatchObject({ usage: { input: 12, output: 0, total: 12 } })
})

test('the first chunk of the first stream is not delayed', async () => {
  let more = () => {}
  given.fake.answer(response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'No' } }] })}\n\n`)
    more = () => response.end('data: [DONE]\n\n')
  })
  const stream = await given.client().chat.completions.create({ model: 'm', messages, stream: true })
  for await (const { choices } of stream) {
    expect(choices[0]?.delta.content).toBe('No')
    more()
  }
})

describe('usage that arrives in parts', () => {
  const head = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' }
  const streamed = (...chunks: object[]) =>
    given.fake.answer(response => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(
        `${chunks.map(one => `data: ${JSON.stringify({ ...head, ...one })}\n\n`).join('')}data: [DONE]\n\n`,
      )
    })
  const choices = [{ index: 0, delta: { content: 'Noon.' }, finish_reason: null }]
  const last = [{ index: 0, delta: {}, finish_reason: 'stop' }]

  test.each<[string, object[]]>([
    [
      'the input first and the output last',
      [
        { choices, usage: { prompt_tokens: 7 } },
        { choices: last, usage: { completion_tokens: 2 } },
      ],
    ],
    [
      'good usage, then {}',
      [
        { choices, usage: { prompt_tokens: 7, completion_tokens: 2 } },
        { choices: last, usage: {} },
      ],
    ],
    [
      'the running total, in every chunk',
      [
        { choices, usage: { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 } },
        { choices: last, usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } },
      ],
    ],
    [
      'one bad part among good ones',
      [
        { choices, usage: null },
        {
          choices: last,
          usage: { prompt_tokens: 7, completion_tokens: 2, prompt_tokens_details: { cached_tokens: -1 } },
        },
      ],
    ],
  ])('%s', async (_how, chunks) => {
    streamed(...chunks)
    await streamOf(given.client(), 'm')
    expect(given.tape.call.usage).toEqual({ input: 7, output: 2, total: 9 })
  })
})

describe('the price of a local server', () => {
  const prices = genaiPrices()
  async function costOf(host: ChatHost, model: string, headers: Record<string, string> = {}) {
    serve({ ...host, headers: { ...host.headers, ...headers } })
    const store = memoryStore()
    const recorder = createRecorder({ store, prices })
    const tracker = createTracker({ configKey: 'support', sink: recorder })
    await tracker.run(() => given.client(clientOptions(host)).chat.completions.create({ model, messages }))
    await recorder.flush()
    const [row] = await store.runs.usage({ groupBy: [] })
    return row?.cost?.unpricedRuns === 0 ? 'priced' : 'no price'
  }
  const named = (name: string) =>
    [...modelMakers, ...localServers].find(host => host.name === name) as ChatHost

  test.each(['llama.cpp', 'Ollama'])(
    '%s has no price, even if its model is named like a hosted one',
    async name => {
      expect(await costOf(named(name), named(name).model)).toBe('no price')
    },
  )

  test('a local gateway has the price of the model behind it', async () => {
    const answered = { ...named('OpenAI'), headers: {} }
    expect(await costOf(answered, 'gpt-5.1')).toBe('no price')
    expect(await costOf(answered, 'gpt-5.1', { 'x-litellm-call-id': '1' })).toBe('priced')
    expect(await costOf(answered, 'gpt-5.1', { 'openai-version': '2020-10-01' })).toBe('priced')
  })

  test('a model host has its own price', async () => {
    expect(await costOf(named('DeepSeek'), 'deepseek-reasoner')).toBe('priced')
  })
})
