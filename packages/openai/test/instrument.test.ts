import { runBeforeLastFlush } from '@runtape/core/internal'
import { completion, json, question } from '@runtape/testing/openai'
import { AzureOpenAI, BedrockOpenAI, OpenAI } from 'openai'
import { AzureOpenAI as AzureOpenAI5, OpenAI as OpenAI5 } from 'openai-5'
import { AzureOpenAI as AzureOpenAI6, OpenAI as OpenAI6 } from 'openai-6'
import { describe, expect, test } from 'vitest'
import { instrumentOpenAI } from '../src/index.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape, raw } = given

test('instrumenting twice returns the same client', () => {
  const once = instrumentOpenAI(raw())
  expect(instrumentOpenAI(once)).toBe(once)
  expect(instrumentOpenAI(once.withOptions({ timeout: 5 }))).toBeInstanceOf(OpenAI)
})

test('a client derived from an instrumented one is instrumented, and records once', async () => {
  given.fake.answer(json(completion('ok')))
  const derived = instrumentOpenAI(instrumentOpenAI(raw()).withOptions({ timeout: 5000 }))
  await derived.chat.completions.create(question)
  expect(tape.calls).toHaveLength(1)
})

test('the original client is unchanged', async () => {
  given.fake.answer(json(completion('ok')))
  const client = raw()
  instrumentOpenAI(client)
  await client.chat.completions.create(question)
  expect(tape.calls).toEqual([])
})

test('a frozen client can be instrumented', async () => {
  given.fake.answer(json(completion('ok')))
  await instrumentOpenAI(Object.freeze(raw())).chat.completions.create(question)
  expect(tape.calls).toHaveLength(1)
})

test('an Azure client keeps its class, deployment and API version', async () => {
  given.fake.answer(json(completion('ok')))
  const options = {
    apiKey: 'sk-secret',
    apiVersion: '2026-01-01',
    deployment: 'gpt',
    endpoint: given.fake.url,
  }
  const client = instrumentOpenAI(new AzureOpenAI(options))
  expect(client).toBeInstanceOf(AzureOpenAI)
  await client.chat.completions.create(question)
  expect(given.fake.requests[0]?.path).toBe(
    '/v1/openai/deployments/gpt/chat/completions?api-version=2026-01-01',
  )
  expect(tape.calls).toHaveLength(1)
})

describe.each([
  ['5', OpenAI5, AzureOpenAI5],
  ['6', OpenAI6, AzureOpenAI6],
  ['7', OpenAI, AzureOpenAI],
] as unknown as [string, typeof OpenAI, typeof AzureOpenAI][])(
  'a client of version %s',
  (_, Client, Azure) => {
    const authorizations = () => given.fake.requests.map(({ headers }) => headers.authorization)
    const tokens = () => {
      let count = 0
      return async () => `token-${++count}`
    }
    const askTwice = async (client: OpenAI) => {
      given.fake.answer(json(completion('ok')))
      for (let times = 0; times < 2; times++) await client.chat.completions.create(question)
    }

    test('whose key is a function sends a fresh token with each call', async () => {
      await askTwice(instrumentOpenAI(new Client({ apiKey: tokens(), baseURL: given.fake.url })))
      expect(authorizations()).toEqual(['Bearer token-1', 'Bearer token-2'])
    })

    test('whose key function was called before sends no stale token', async () => {
      const client = new Client({ apiKey: tokens(), baseURL: given.fake.url })
      await askTwice(client)
      await askTwice(instrumentOpenAI(client))
      expect(authorizations()).toEqual(['Bearer token-3', 'Bearer token-4'])
    })

    test('of Azure with a token provider sends a fresh token with each call', async () => {
      const options = { azureADTokenProvider: tokens(), apiVersion: '2026-01-01', endpoint: given.fake.url }
      await askTwice(instrumentOpenAI(new Azure(options)))
      expect(authorizations()).toEqual(['Bearer token-1', 'Bearer token-2'])
      expect(given.fake.requests[0]?.headers['api-key']).toBeUndefined()
      expect(tape.calls).toHaveLength(2)
    })

    test('whose key was set after construction sends that key', async () => {
      const client = new Client({ apiKey: 'first', baseURL: given.fake.url })
      client.apiKey = 'second'
      await askTwice(instrumentOpenAI(client))
      expect(authorizations()).toEqual(['Bearer second', 'Bearer second'])
    })
  },
)

test('a Bedrock client of the SDK keeps its token provider', async () => {
  given.fake.answer(json(completion('ok')))
  let count = 0
  const bedrockTokenProvider = async () => `token-${++count}`
  const client = instrumentOpenAI(new BedrockOpenAI({ bedrockTokenProvider, baseURL: given.fake.url }))
  expect(client).toBeInstanceOf(BedrockOpenAI)
  await client.responses.create({ model: 'm', input: 'Time?' })
  expect(given.fake.requests[0]?.headers.authorization).toBe('Bearer token-1')
})

test("the client's own fetch receives the same arguments", async () => {
  const seen: unknown[][] = []
  const own = async (...args: unknown[]) => {
    seen.push(args)
    return Response.json(completion('ok'))
  }
  const client = instrumentOpenAI(raw({ fetch: own }))
  const { fetch } = client as unknown as { fetch: typeof globalThis.fetch }
  await client.chat.completions.create(question)
  const headers = new Headers()
  const form = { method: 'POST', body: new FormData(), headers }
  await fetch('https://host.test/v1/chat/completions', form)
  await fetch('https://host.test/v1/files')
  expect(seen[0]?.[1]).toMatchObject({ body: JSON.stringify(question) })
  expect(seen[1]?.[1]).toBe(form)
  expect(seen[2]).toEqual(['https://host.test/v1/files', undefined])
  expect(tape.calls).toHaveLength(1)
})

test('a failure of the host reaches the application as the same error', async () => {
  const broken = new Error('No route to host')
  const client = instrumentOpenAI(raw({ maxRetries: 0, fetch: () => Promise.reject(broken) }))
  await expect(client.chat.completions.create(question)).rejects.toHaveProperty('cause', broken)
  runBeforeLastFlush()
  expect(tape.calls.map(({ error }) => error?.message)).toContain('No route to host')
})

test('a sink that throws changes nothing', async () => {
  given.fake.answer(json(completion('ok')))
  given.trace({
    sink: {
      append: () => {
        throw new Error('full')
      },
      flush: async () => {},
      close: async () => {},
    },
    logger: { warn: () => {} },
  })
  const answer = await instrumentOpenAI(raw()).chat.completions.create(question)
  expect(answer.choices[0]?.message.content).toBe('ok')
})

test.each([[{}], [undefined], [{ withOptions: 'no' }]])('%o is refused with the expected type', client => {
  expect(() => instrumentOpenAI(client as never)).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('new OpenAI()') }),
  )
})

test('a subclass whose constructor drops the options is refused, not returned untapped', () => {
  class Ours extends OpenAI {
    constructor() {
      super({ apiKey: 'sk-secret', baseURL: given.fake.url })
    }
  }
  expect(() => instrumentOpenAI(new Ours())).toThrow(/another fetch/)
  class Named extends OpenAI {
    constructor(key: string) {
      super({ apiKey: key, baseURL: given.fake.url })
    }
  }
  expect(() => instrumentOpenAI(new Named('sk-secret'))).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  )
})

test('a client that does not accept a fetch is refused, with the reason', () => {
  const client = {
    withOptions: () => {
      throw new Error('fetch is fixed')
    },
  }
  expect(() => instrumentOpenAI(client)).toThrow(/fetch is fixed/)
})
