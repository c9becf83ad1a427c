import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { replayCalls } from '@runtape/testing'
import { collect, completion, json, stream, textChunks } from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import type { ClientOptions } from 'openai'
import { Response as UndiciResponse, fetch as undiciFetch } from 'undici-7'
import { describe, expect, test, vi } from 'vitest'
import { tapFetch } from '../src/index.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const request = { model: 'gpt-test', messages: [{ role: 'user' as const, content: 'Time?' }] }
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
type Fetch = NonNullable<ClientOptions['fetch']>

class Sub extends Response {
  readonly #secret = 'kept'
  get secret() {
    return this.#secret
  }
}
Object.defineProperty(Sub.prototype, 'json', {
  async value(this: Sub) {
    return { ...((await Response.prototype.json.call(this)) as object), secret: this.secret }
  },
})

/** An application's class with only the shape of `Response`. */
class Own {
  readonly #inner: Response
  readonly status: number
  readonly statusText: string
  readonly ok: boolean
  readonly headers: Headers
  readonly url: string
  constructor(inner: Response) {
    this.#inner = inner
    this.status = inner.status
    this.statusText = inner.statusText
    this.ok = inner.ok
    this.headers = inner.headers
    this.url = inner.url
  }
  get body() {
    return this.#inner.body
  }
  get bodyUsed() {
    return this.#inner.bodyUsed
  }
  text() {
    return this.#inner.text()
  }
  json() {
    return this.#inner.json()
  }
  arrayBuffer() {
    return this.#inner.arrayBuffer()
  }
  clone() {
    return new Own(this.#inner.clone())
  }
}

const ask = (make: (response: Response) => unknown): Fetch =>
  (async (input: string, init: RequestInit) => make(await fetch(input, init))) as unknown as Fetch
const plain = (response: Response) => {
  const { status, statusText, ok, headers, url, body } = response
  return {
    status,
    statusText,
    ok,
    headers,
    url,
    body,
    text: () => response.text(),
    json: () => response.json(),
    arrayBuffer: () => response.arrayBuffer(),
    clone: () => plain(response.clone()),
  }
}
/** A mock as applications write it in tests: its methods return the answer and read no stream. */
const withoutBody = async (response: Response) => {
  const { status, statusText, ok, headers, url } = response
  const text = await response.text()
  return { status, statusText, ok, headers, url, text: async () => text, json: async () => JSON.parse(text) }
}

const kinds: [string, Fetch][] = [
  ['undici, of npm', undiciFetch as unknown as Fetch],
  ['a subclass with a private field', ask(one => new Sub(one.body, one))],
  ['an unrelated class', ask(one => new Own(one))],
  ['a plain object', ask(plain)],
  ['a frozen plain object', ask(one => Object.freeze(plain(one)))],
]

const shape = (value: object) => ({
  constructor: value.constructor,
  prototype: Object.getPrototypeOf(value),
  isResponse: value instanceof Response,
  isFrozen: Object.isFrozen(value),
  members: Object.keys(value),
})

describe.each(kinds)('a client whose fetch returns responses of %s', (name, fetch) => {
  const raw = () => given.raw({ fetch, maxRetries: 0 })
  const client = () => given.client({ fetch, maxRetries: 0 })
  const responseOf = (from = client()) => from.chat.completions.create(request).asResponse()

  test('keeps their class, members and content', async () => {
    given.fake.answer(json(completion('Noon.')))
    const [bare, tapped] = [await responseOf(raw()), await responseOf()]
    expect(shape(tapped)).toEqual(shape(bare))
    expect([tapped.status, tapped.ok, tapped.url, tapped.bodyUsed]).toEqual([
      200,
      true,
      bare.url,
      bare.bodyUsed,
    ])
    await Promise.all([bare, tapped].map(one => one.text()))
    expect([tapped.bodyUsed]).toEqual([bare.bodyUsed])
    const again = await Promise.all([bare, tapped].map(one => one.text().catch((e: Error) => e.message)))
    expect(again[1]).toBe(again[0])
  })

  test.each(['text', 'json', 'arrayBuffer', 'clone', 'body'] as const)('is observed by %s', async how => {
    given.fake.answer(json(completion('Noon.')))
    const read = async (one: Response) => {
      if (how === 'clone') return [await one.clone().text(), await one.text()]
      if (how === 'body') return new Response(one.body).text()
      const value = await one[how]()
      return value instanceof ArrayBuffer ? Buffer.from(value).toString() : value
    }
    expect(await read(await responseOf())).toEqual(await read(await responseOf(raw())))
    expect(given.tape.call).toMatchObject({ status: 'ok', usage: tokens })
  })

  test('reads answers and streams through the SDK, with the requested usage hidden', async () => {
    given.fake.answer(json(completion('Noon.')))
    expect(await client().chat.completions.create(request)).toEqual(
      await raw().chat.completions.create(request),
    )
    given.fake.answer(stream(...textChunks('Halb ', 'zwölf')))
    const streamed = { ...request, stream: true } as const
    const bare = await collect(await raw().chat.completions.create(streamed))
    expect(await collect(await client().chat.completions.create(streamed))).toEqual(bare)
    expect(given.tape.calls.map(({ status, usage }) => [status, usage])).toEqual([
      ['ok', tokens],
      ['ok', tokens],
    ])
  })

  test('leaves a stream early, and its call ends', async () => {
    given.fake.answer(stream(...textChunks('Halb ', 'zwölf')))
    for await (const _ of await client().chat.completions.create({ ...request, stream: true })) break
    await expect.poll(() => given.tape.calls.length).toBe(1)
    expect(given.tape.call.status).toBe('cancelled')
  })

  test('is answered from the tape', async () => {
    given.fake.answer(json(completion('Noon.')))
    const program = traced('test.ask', async () => (await client().chat.completions.create(request)).choices)
    const live = await program()
    const { calls } = given.tape
    expect((await replayCalls([...calls], program)).result).toEqual(live)
    expect(name).toBeTruthy()
  })
})

test.each([
  ['that was not read', (_: Response) => {}],
  ['that was cloned', (one: Response) => void one.clone()],
])('a response of a custom class %s is abandoned once it is garbage-collected', async (_, touch) => {
  const headers = { 'content-type': 'application/json' }
  const fetch = async () => new Sub(JSON.stringify(completion('Noon.')), { headers })
  const asked = { method: 'POST', body: JSON.stringify(request) }
  await (async () => touch(await tapFetch(fetch)('https://host.test/v1/chat/completions', asked)))()
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  await vi.waitFor(
    () => {
      collectGarbage()
      // Node 22 cancels the unread rest of a clone itself.
      expect(given.tape.calls.map(({ status }) => status)).toEqual([
        expect.stringMatching(/^(abandoned|cancelled)$/),
      ])
    },
    { timeout: 10_000, interval: 50 },
  )
})

test('a frozen response of a class is unchanged, and marked as unobserved', async () => {
  given.fake.answer(json(completion('Noon.')))
  const fetch = ask(one => Object.freeze(new Own(one)))
  const { response, data } = await given.client({ fetch }).chat.completions.create(request).withResponse()
  expect([Object.isFrozen(response), response instanceof Own]).toEqual([true, true])
  expect(data.choices[0]?.message.content).toBe('Noon.')
  expect(given.tape.call.metadata?.notes).toContain(
    'The response body is of a kind that cannot be observed without consuming it.',
  )
})

test('an object without a body is observed through its methods', async () => {
  given.fake.answer(json(completion('Noon.')))
  const fetch = ask(withoutBody)
  const bare = await given.raw({ fetch }).chat.completions.create(request)
  expect(await given.client({ fetch }).chat.completions.create(request)).toEqual(bare)
  expect(given.tape.call).toMatchObject({ status: 'ok', usage: tokens })
})

test('a plain object whose methods do not read its body is observed once', async () => {
  given.fake.answer(json(completion('Noon.')))
  const fetch = ask(async one => ({ ...(await withoutBody(one.clone())), body: one.body }))
  await given.client({ fetch }).chat.completions.create(request)
  expect(given.tape.call).toMatchObject({ status: 'ok', usage: tokens })
})

test("a response that undici's own code constructed is observed", async () => {
  const fetch = (async () => UndiciResponse.json(completion('Noon.'))) as unknown as Fetch
  const { response, data } = await given.client({ fetch }).chat.completions.create(request).withResponse()
  expect(response).toBeInstanceOf(UndiciResponse)
  expect(data.choices[0]?.message.content).toBe('Noon.')
  expect(given.tape.call).toMatchObject({ status: 'ok', usage: tokens })
})

test('a body getter that returns a new stream each time is marked as unobserved', async () => {
  given.fake.answer(json(completion('Noon.')))
  const fetch = ask(async one => {
    const text = await one.text()
    const each = { ...plain(one), text: async () => text, json: async () => JSON.parse(text) }
    return Object.defineProperty(each, 'body', { get: () => new Response(text).body })
  })
  const { choices } = await given.client({ fetch }).chat.completions.create(request)
  expect(choices[0]?.message.content).toBe('Noon.')
  expect(given.tape.calls).toHaveLength(1)
})
