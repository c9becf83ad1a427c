import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { completion, json, stream, textChunks } from '@runtape/testing/openai'
import { expect, test, vi } from 'vitest'
import { tapFetch } from '../src/index.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape } = given
const text = JSON.stringify({ model: 'gpt-test', messages: [] })
const url = () => `${given.fake.url}/chat/completions`

type Body = NonNullable<RequestInit['body']>

const bodies: [string, () => Body, string][] = [
  ['a stream', () => new Blob([text]).stream(), 'ReadableStream'],
  ['a Blob', () => new Blob([text]), 'Blob'],
  ['bytes', () => new TextEncoder().encode(text), 'Uint8Array'],
]

test.each(bodies)(
  'a body that is %s arrives unchanged, and the span says that it was not read',
  async (_, body, kind) => {
    given.fake.answer(json(completion('ok')))
    const init = { method: 'POST', body: body(), duplex: 'half' }
    const answer = await tapFetch()(url(), init as RequestInit)
    expect(await answer.json()).toEqual(completion('ok'))
    expect(given.fake.requests[0]?.text).toBe(text)
    expect(valueOf(tape.call.input)).toEqual([{ unread: kind }])
    expect(tape.call).toMatchObject({
      status: 'ok',
      usage: { total: 29 },
      metadata: { notes: [`The request's body is a ${kind}, which is not read.`] },
    })
  },
)

test.each(['application/json', undefined])(
  'a Request (content type %s) is recorded as its parts would be',
  async type => {
    const { fake } = given
    const body = JSON.stringify({ model: 'm', stream: true, messages: [] })
    const headers = type === undefined ? {} : { 'content-type': type }
    const answers = []
    for (const fetch of [globalThis.fetch, tapFetch()]) {
      fake.answer(stream(...textChunks('a')))
      answers.push(await (await fetch(new Request(url(), { method: 'POST', body, headers }))).text())
    }
    expect(answers[1]).toBe(answers[0])
    expect(JSON.parse(fake.requests[0]?.text ?? '')).toMatchObject({
      stream_options: { include_usage: true },
    })
    expect(valueOf(tape.call.input)).toEqual([JSON.parse(body)])
    expect(tape.call).toMatchObject({
      status: 'ok',
      usage: { total: 29 },
      metadata: { finishReason: 'stop' },
    })
    expect(valueOf(tape.call.output)).toMatchObject({ message: { content: 'a' } })
  },
)

test('a Request that is refused with the added field is sent as it was', async () => {
  given.fake.answer((response, request, index) =>
    request.text.includes('stream_options')
      ? json({ error: { message: 'unknown field stream_options' } }, 400)(response, request, index)
      : stream(...textChunks('a'))(response, request, index),
  )
  const body = JSON.stringify({ model: 'm', stream: true, messages: [] })
  const answer = await tapFetch()(new Request(url(), { method: 'POST', body }))
  expect(await answer.text()).toContain('"content":"a"')
  expect(given.fake.requests.map(({ text }) => text.includes('stream_options'))).toEqual([true, false])
  expect(given.fake.requests[1]?.text).toBe(body)
})

test('an aborted Request fails as it does without Runtape', async () => {
  const failures = []
  for (const fetch of [globalThis.fetch, tapFetch()]) {
    const aborting = new AbortController()
    given.fake.answer(() => aborting.abort(new Error('left')))
    const request = new Request(url(), { method: 'POST', body: '{}', signal: aborting.signal })
    failures.push(await fetch(request).catch(String))
  }
  expect(failures).toEqual(['Error: left', 'Error: left'])
  expect(tape.call.status).toBe('cancelled')
})

test('the upload of a Request is not read', async () => {
  given.fake.answer(json(completion('ok')))
  const headers = { 'content-type': 'application/octet-stream' }
  const request = new Request(url(), { method: 'POST', body: new Uint8Array(9), headers })
  await (await tapFetch()(request)).text()
  expect(given.fake.requests[0]?.text).toHaveLength(9)
  expect(valueOf(tape.call.input)).toEqual([{ unread: 'ReadableStream' }])
})

test('a text body that is not JSON is sent unchanged, with a note', async () => {
  given.fake.answer(json(completion('ok')))
  await (await tapFetch()(url(), { method: 'POST', body: 'oops' })).text()
  expect(given.fake.requests[0]?.text).toBe('oops')
  expect(valueOf(tape.call.input)).toEqual(['oops'])
  expect(tape.call.metadata).toMatchObject({ notes: ['The request is not valid JSON.'] })
})

test('secrets in a body are redacted, and so is an answer that repeats them', async () => {
  given.fake.answer(json({ ...completion('ok'), metadata: { api_key: 's3cret' } }))
  const body = JSON.stringify({ model: 'm', tools: [{ headers: { authorization: 'Bearer s3cret' } }] })
  const answer = await tapFetch()(url(), { method: 'POST', body })
  expect(await answer.text()).toContain('s3cret')
  expect(given.fake.requests[0]?.text).toBe(body)
  expect(JSON.stringify(tape.records)).not.toContain('s3cret')
  expect(tape.call.input.redacted).toEqual(['$[0].tools[0].headers.authorization'])
})

test('HTML instead of JSON is stored unchanged, with a note', async () => {
  given.fake.answer(
    response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hi</h1>'),
  )
  await (await tapFetch()(url(), { method: 'POST', body: text })).text()
  expect(tape.call).toMatchObject({ status: 'ok', metadata: { notes: ['The body is not valid JSON.'] } })
})

test('a response of a custom class is passed on with all its members', async () => {
  class Own extends Response {
    readonly mine = 1
  }
  const tapped = tapFetch(async () => new Own(JSON.stringify(completion('ok')), { status: 201 }))
  const answer = await tapped('https://host.test/v1/chat/completions', { method: 'POST', body: text })
  expect(answer.status).toBe(201)
  expect(await answer.json()).toEqual(completion('ok'))
  expect(tape.call.usage?.total).toBe(29)
})

test('a value that is not a response is passed on unchanged', async () => {
  const odd = { ok: true, status: 200, headers: new Headers() }
  const tapped = tapFetch(async () => odd as never)
  const answer = await tapped('https://host.test/v1/chat/completions', { method: 'POST', body: text })
  expect(answer).toBe(odd)
  expect(tape.calls).toHaveLength(1)
})

test('a response stays the same object, and behaves the same', async () => {
  const original = Response.json(completion('ok'))
  const tapped = tapFetch(async () => original)
  const answer = await tapped('https://host.test/v1/chat/completions', { method: 'POST', body: text })
  expect(answer).toBe(original)
  expect(answer).toBeInstanceOf(Response)
  expect(answer.constructor).toBe(Response)
  expect(answer.bodyUsed).toBe(false)
  const copy = answer.clone()
  expect([await answer.json(), await copy.json()]).toEqual([completion('ok'), completion('ok')])
  expect(answer.bodyUsed).toBe(true)
  await expect(answer.text()).rejects.toThrow(TypeError)
  expect(tape.calls).toHaveLength(1)
})

test.each(['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'body'] as const)(
  'an answer that is read with %s is recorded once and completely',
  async way => {
    given.fake.answer(json(completion('ok')))
    const answer = await tapFetch()(url(), { method: 'POST', body: text })
    if (way === 'body') for await (const _ of answer.body ?? []);
    else await answer[way as 'text']()
    await answer.text().catch(() => {})
    expect(answer.bodyUsed).toBe(true)
    expect(valueOf(tape.call.output)).toMatchObject({ body: completion('ok') })
  },
)

test.each([
  ['is never read', () => {}],
  ['has its body accessed but never read', (answer: Response) => void answer.body],
])('an answer that %s is abandoned', async (_, touch) => {
  given.fake.answer(json(completion('ok')))
  await (async () => touch(await tapFetch()(url(), { method: 'POST', body: text })))()
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  await vi.waitFor(
    () => {
      collectGarbage()
      expect(tape.calls.map(({ status }) => status)).toEqual(['abandoned'])
    },
    { timeout: 10_000, interval: 50 },
  )
})
