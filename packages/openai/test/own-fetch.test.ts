import { replayCalls } from '@runtape/testing'
import { collect, completion, failure, hang, inTurn, json, stream, textChunks } from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import nodeFetch3 from 'node-fetch'
import type { ClientOptions } from 'openai'
import { afterEach, describe, expect, test } from 'vitest'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { default: nodeFetch2 } = (await import('node-fetch-2' as string)) as { default: typeof nodeFetch3 }

const messages = [{ role: 'user' as const, content: 'Time?' }]
const request = { model: 'gpt-test', messages }
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
type Fetch = NonNullable<ClientOptions['fetch']>

/** Responses with an unknown kind of body: neither a web stream nor a Node stream. */
const strange: Fetch = async (input, init) => {
  const response = await fetch(input as string, init)
  const body = { [Symbol.asyncIterator]: () => (response.body as ReadableStream)[Symbol.asyncIterator]() }
  return new Proxy(response, {
    get: (target, name) => {
      if (name === 'body') return body
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

afterEach(() => given.tape.clear())

describe.each([
  ['node-fetch 2', nodeFetch2 as unknown as Fetch],
  ['node-fetch 3', nodeFetch3 as unknown as Fetch],
])('a client whose fetch is that of %s', (_name, fetch) => {
  const options = { fetch, maxRetries: 1 }
  const streamed = (client = given.client(options)) =>
    client.chat.completions.create({ ...request, stream: true })

  test('sees the same stream as without a tap, and its usage is known', async () => {
    given.fake.answer(stream(...textChunks('Halb ', 'zwölf')))
    const bare = await collect(await streamed(given.raw(options)))
    expect(await collect(await streamed())).toEqual(bare)
    expect(given.tape.call).toMatchObject({ status: 'ok', usage: tokens })
    expect(valueOf(given.tape.call.output)).toMatchObject({ message: { content: 'Halb zwölf' } })
  })

  test('sees a whole answer, and its usage is known', async () => {
    given.fake.answer(json(completion('Noon.')))
    const { data, response } = await given.client(options).chat.completions.create(request).withResponse()
    const bare = await given.raw(options).chat.completions.create(request).withResponse()
    expect(data).toEqual(bare.data)
    expect(response.constructor).toBe(bare.response.constructor)
    expect([response.url, response.status, response.bodyUsed]).toEqual([bare.response.url, 200, true])
    expect(given.tape.call).toMatchObject({ status: 'ok', usage: tokens })
  })

  test.each(['text', 'json', 'arrayBuffer', 'clone'] as const)('reads a response with %s', async method => {
    given.fake.answer(json(completion('Noon.')))
    const response = await given.client(options).chat.completions.create(request).asResponse()
    const read = method === 'clone' ? response.clone().text() : response[method]()
    if (method === 'clone') void response.text()
    const body = await read
    const told = body instanceof ArrayBuffer ? Buffer.from(body).toString() : JSON.stringify(body)
    expect(told).toContain('Noon.')
    expect(given.tape.call).toMatchObject({ status: 'ok', usage: tokens })
  })

  test('retries within one call', async () => {
    given.fake.answer(inTurn(failure(503, 'busy', { 'retry-after-ms': '1' }), json(completion('Noon.'))))
    await given.client(options).chat.completions.create(request)
    expect(given.tape.calls).toHaveLength(1)
    expect(given.tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts: 2 } })
  })

  test('is answered from the tape', async () => {
    given.fake.answer(stream(...textChunks('Noon.')))
    const live = await collect(await streamed())
    const { calls } = given.tape
    given.fake.answer(failure(500, 'never'))
    const again = traced('test.ask', async () => collect(await streamed()))
    expect((await replayCalls([...calls], again)).result).toEqual(live)
    expect(given.fake.requests).toEqual([])
  })

  test('leaves a stream early and releases the connection', async () => {
    given.fake.answer(hang(...textChunks('Noon.').map(one => `data: ${JSON.stringify(one)}\n\n`)))
    for await (const _ of await streamed()) break
    await expect.poll(() => given.tape.calls.length).toBe(1)
    expect(given.tape.call.status).toBe('cancelled')
  })
})

describe('a client whose fetch returns bodies that cannot be observed', () => {
  const streamed = (client = given.client({ fetch: strange })) =>
    client.chat.completions.create({ ...request, stream: true })

  test('sees no usage that it did not request, and the call is marked as unobserved', async () => {
    given.fake.answer(stream(...textChunks('Noon.')))
    const bare = await collect(await streamed(given.raw({ fetch: strange })))
    const client = given.client({ fetch: strange })
    expect(await collect(await streamed(client))).toEqual(bare)
    expect(await collect(await streamed(client))).toEqual(bare)
    expect(given.fake.requests.map(({ body }) => body.stream_options)).toEqual([
      undefined,
      { include_usage: true },
      undefined,
      undefined,
    ])
    expect(given.tape.calls[1]?.metadata?.notes).toContain(
      'The response body is of a kind that cannot be observed without consuming it.',
    )
  })

  test('is a miss in a replay', async () => {
    given.fake.answer(stream(...textChunks('Noon.')))
    await collect(await streamed())
    const again = traced('test.ask', async () => collect(await streamed()))
    await expect(replayCalls([...given.tape.calls], again).then(({ result }) => result)).rejects.toThrow()
  })
})
