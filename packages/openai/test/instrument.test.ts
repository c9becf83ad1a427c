import { completion, json, question } from '@runtape/testing/openai'
import { AzureOpenAI, OpenAI } from 'openai'
import { expect, test } from 'vitest'
import { instrumentOpenAI } from '../src/index.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape, raw } = given

test('instrumenting twice gives the same client back', () => {
  const once = instrumentOpenAI(raw())
  expect(instrumentOpenAI(once)).toBe(once)
  expect(instrumentOpenAI(once.withOptions({ timeout: 5 }))).toBeInstanceOf(OpenAI)
})

test('a client that is made from an instrumented one is instrumented, and records once', async () => {
  given.fake.answer(json(completion('ok')))
  const derived = instrumentOpenAI(instrumentOpenAI(raw()).withOptions({ timeout: 5000 }))
  await derived.chat.completions.create(question)
  expect(tape.calls).toHaveLength(1)
})

test('the client that was given stays as it is', async () => {
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

test('an Azure client stays one, with its deployment and its version', async () => {
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
  expect(given.fake.seen[0]?.path).toBe('/v1/openai/deployments/gpt/chat/completions?api-version=2026-01-01')
  expect(tape.calls).toHaveLength(1)
})

test("the client's own fetch gets what it would have got", async () => {
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

test('a failure of the host reaches the application as the very same error', async () => {
  const broken = new Error('No route to host')
  const client = instrumentOpenAI(raw({ maxRetries: 0, fetch: () => Promise.reject(broken) }))
  await expect(client.chat.completions.create(question)).rejects.toHaveProperty('cause', broken)
  expect(tape.call.error?.message).toBe('No route to host')
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

test.each([[{}], [undefined], [{ withOptions: 'no' }]])('%o is refused, with what was expected', client => {
  expect(() => instrumentOpenAI(client as never)).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('new OpenAI()') }),
  )
})

test('a client that takes no fetch of its own is refused, with the reason', () => {
  const client = {
    withOptions: () => {
      throw new Error('fetch is fixed')
    },
  }
  expect(() => instrumentOpenAI(client)).toThrow(/fetch is fixed/)
})
