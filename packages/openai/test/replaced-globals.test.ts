import { getRequestListener } from '@hono/node-server'
import { replayCalls } from '@runtape/testing'
import { completion, json, stream, textChunks } from '@runtape/testing/openai'
import { openaiContract } from '@runtape/testing/vitest'
import { beforeAll, describe, expect, test } from 'vitest'
import { instrumentOpenAI, tapFetch } from '../src/index.ts'
import { openai7 } from './sdks.ts'
import { setUp } from './set-up.ts'

// A Hono server replaces the global Request and Response with its own classes.
const bare = { Request, Response }
const context = setUp()
const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hi' }] }

test('calls work before and after a Hono server starts', async () => {
  context.fake.answer(stream(...textChunks('Half past ', 'eleven.')))
  const client = context.client()
  const say = async () => {
    let text = ''
    for await (const { choices } of await client.chat.completions.create({ ...question, stream: true }))
      text += choices[0]?.delta.content ?? ''
    return text
  }
  expect(await say()).toBe('Half past eleven.')
  getRequestListener(() => new Response())
  expect(Response).not.toBe(bare.Response)
  expect(await say()).toBe('Half past eleven.')
})

test('a response stays one of the runtime', async () => {
  getRequestListener(() => new Response())
  context.fake.answer(stream(...textChunks('Noon.')))
  const response = await tapFetch()(`${context.fake.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...question, stream: true }),
  })
  expect(response).toBeInstanceOf(bare.Response)
  expect(await response.clone().text()).toContain('Noon.')
  expect(response.headers.get('content-type')).toContain('text/event-stream')
})

test('a request that was made before is still a Request', async () => {
  const request = new bare.Request(`${context.fake.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...question, stream: true }),
  })
  getRequestListener(() => new Response())
  context.fake.answer(stream(...textChunks('Noon.')))
  expect(await (await tapFetch()(request)).text()).toContain('Noon.')
  expect(context.tape.spans.map(({ key }) => key)).toEqual(['openai.chat.completions'])
})

test('an answer from the tape is a response of the runtime', async () => {
  getRequestListener(() => new Response())
  const client = context.client()
  for (const streamed of [true, false]) {
    context.tape.clear()
    context.fake.answer(streamed ? stream(...textChunks('Noon.')) : json(completion('Noon.')))
    const ask = () => client.chat.completions.create({ ...question, stream: streamed }).asResponse()
    const live = await (await ask()).text()
    const { result } = await replayCalls(context.tape.spans, ask)
    expect(result).toBeInstanceOf(bare.Response)
    expect(await result.clone().text()).toBe(live)
    expect(result.headers.get('x-request-id')).toBe('req_1')
  }
})

describe('once a Hono server has started', () => {
  beforeAll(() => void getRequestListener(() => new Response()))
  openaiContract(`openai ${openai7.version}`, { ...openai7, instrument: instrumentOpenAI })
})
