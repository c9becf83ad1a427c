import { realTimers, runBeforeLastFlush } from '@runtape/core/internal'
import {
  collect,
  completion,
  failure,
  inTurn,
  json,
  question,
  reset,
  stream,
  streamed,
  textChunks,
} from '@runtape/testing/openai'
import { createTracker } from '@runtape/tracker'
import OpenAI from 'openai'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { instrumentOpenAI } from '../src/index.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
const soon = { 'retry-after-ms': '1' }

const ask = (options = {}) => client().chat.completions.create(question, options)
const output = () => valueOf(tape.call.output) as Record<string, unknown>

/** Without the waits between attempts. */
async function quickly<T>(work: () => Promise<T>): Promise<T> {
  const { setTimeout: real } = globalThis
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms = 0, ...args: never[]) =>
    (real as (...all: unknown[]) => unknown)(
      run,
      ms > 20_000 ? ms : Math.min(ms, 1),
      ...args,
    )) as typeof setTimeout)
  return work()
}

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a whole answer', () => {
  test('is one span with request, answer, usage, model, finish reason and request id', async () => {
    given.fake.answer(json(completion('ok'), 200, { 'openai-processing-ms': '7', 'set-cookie': 'a=b' }))
    await ask()
    expect(tape.call).toMatchObject({
      key: 'openai.chat.completions',
      type: 'model',
      status: 'ok',
      resultKind: 'promise',
      usage: tokens,
      model: 'gpt-test-2026',
      metadata: { attempts: 1, finishReason: 'stop', requestId: 'req_1' },
    })
    expect(tape.call.timeToFirstTokenMs).toBeUndefined()
    expect(valueOf(tape.call.input)).toEqual([question])
    expect(output()).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json', 'x-request-id': 'req_1', 'openai-processing-ms': '7' },
      body: completion('ok'),
      layout: { indent: 2, end: '' },
    })
  })

  test('leaves no secret of the request on the tape', async () => {
    given.fake.answer(json(completion('ok')))
    await client({ defaultHeaders: { 'x-tenant-key': 'tenant-secret' } }).chat.completions.create(question)
    expect(tape.calls).toHaveLength(1)
    expect(JSON.stringify(tape.records)).not.toMatch(/secret/)
  })

  test('is stored as text if JSON cannot serialize it', async () => {
    const text = '{ "id" : "x", "choices":[] }'
    given.fake.answer(
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end(text),
    )
    await ask()
    expect(output()).toMatchObject({ text })
  })

  test('that is not JSON is kept, with a note', async () => {
    given.fake.answer(response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>'))
    await ask()
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { notes: ['The body is not valid JSON.'] } })
    expect(output()).toMatchObject({ text: '<h1>' })
  })

  test('that exceeds the size limit is left out, but its usage is known', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(json(completion('x'.repeat(2000))))
    await ask()
    expect(tape.call.output).toMatchObject({ json: 'null', truncated: expect.any(Number) })
    expect(tape.call.usage).toEqual(tokens)
  })
})

describe('attempts', () => {
  test('of one call are one span', async () => {
    given.fake.answer(inTurn(failure(500, 'one', soon), failure(429, 'two', soon), json(completion('ok'))))
    await ask()
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts: 3 } })
  })

  test('that all fail are one failed span with the last answer, at once', async () => {
    given.fake.answer(failure(429, 'slow down', soon))
    await expect(ask()).rejects.toThrow('429 slow down')
    expect(given.fake.requests).toHaveLength(3)
    expect(tape.call).toMatchObject({
      status: 'error',
      error: { message: '429 slow down' },
      metadata: { attempts: 3 },
    })
    expect(output()).toMatchObject({ status: 429, body: { error: { code: 'code_429' } } })
  })

  test.each([1, 4])('beyond the default number are one span: %d more', async more => {
    const breaks = Array.from({ length: 2 + more }, () => reset)
    given.fake.answer(inTurn(...breaks, json(completion('ok'))))
    await quickly(() => ask({ maxRetries: 2 + more }))
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts: 3 + more } })
  })

  test('of a client whose withOptions raised maxRetries are one span', async () => {
    given.fake.answer(inTurn(reset, failure(500, 'two', soon), reset, json(completion('ok'))))
    const more = client({ maxRetries: 0 }).withOptions({ maxRetries: 3 })
    await quickly(() => more.chat.completions.create(question))
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts: 4 } })
  })

  test('of a request that overrides maxRetries: 0 are one span, and one call each in its run', async () => {
    given.fake.answer(inTurn(reset, json(completion('ok'))))
    const tracker = createTracker({ configKey: 'support', sink: tape })
    await tracker.run(() =>
      quickly(() => client({ maxRetries: 0 }).chat.completions.create(question, { maxRetries: 1 })),
    )
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { attempts: 2 } })
    expect(tape.events.filter(({ metric }) => metric.startsWith('call:'))).toHaveLength(2)
  })

  test.each([
    ['that a fetch answers without a body', () => new Response(null, { status: 503, headers: soon })],
    ['whose answer is empty', undefined],
  ])('%s are one span', async (_, first) => {
    given.fake.answer(
      inTurn(
        ...(first
          ? []
          : [
              ((response: { writeHead(...all: unknown[]): { end(): void } }) =>
                response.writeHead(503, { ...soon, 'content-length': '0' }).end()) as typeof reset,
            ]),
        json(completion('ok')),
      ),
    )
    let count = 0
    const fetch: typeof globalThis.fetch = async (...args) =>
      first && count++ === 0 ? first() : globalThis.fetch(...args)
    await client({ fetch }).chat.completions.create(question)
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts: 2 } })
  })

  test('that end in a broken connection are one failed span', async () => {
    given.fake.answer(inTurn(failure(500, 'one', soon), reset))
    await expect(client({ maxRetries: 1 }).chat.completions.create(question)).rejects.toThrow(
      'Connection error',
    )
    runBeforeLastFlush()
    expect(tape.call).toMatchObject({
      status: 'error',
      error: { name: 'TypeError' },
      metadata: { attempts: 2 },
    })
    expect(output()).toEqual({ attempts: 2 })
  })

  test('of two equal concurrent calls are two spans', async () => {
    given.fake.answer(inTurn(failure(500, 'one', soon), failure(500, 'two', soon), json(completion('ok'))))
    await Promise.all([ask(), ask()])
    expect(tape.calls.map(({ metadata }) => metadata?.attempts)).toEqual([2, 2])
  })

  test('that time out and are retried are one span', async () => {
    given.fake.answer((response, seen, index) =>
      index === 0 ? undefined : json(completion('ok'))(response, seen, index),
    )
    await client({ timeout: 40 }).chat.completions.create(question)
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { attempts: 2 } })
  })

  test('that follow a refused key, with a fresh one, are one span', async () => {
    given.fake.answer(inTurn(failure(401, 'stale'), failure(500, 'one', soon), json(completion('ok'))))
    const keys: string[] = []
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (!String(input).endsWith('/oauth/token')) return globalThis.fetch(input, init)
      keys.push(`key-${keys.length}`)
      return Response.json({ access_token: keys.at(-1), token_type: 'Bearer', expires_in: 3600 })
    }
    const provider = { tokenType: 'jwt' as const, getToken: async () => 'jwt' }
    const workloadIdentity = { identityProviderId: 'idp', serviceAccountId: 'account', provider }
    const openai = new OpenAI({ baseURL: given.fake.url, workloadIdentity, fetch })
    const reply = await instrumentOpenAI(openai).chat.completions.create(question)
    expect(reply.choices[0]?.message.content).toBe('ok')
    expect(given.fake.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer key-0',
      'Bearer key-1',
      'Bearer key-1',
    ])
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { attempts: 3 } })
  })

  test('that time out slightly early have failed, not been cancelled', async () => {
    const now = performance.now.bind(performance)
    const start = now()
    const slow = vi.spyOn(performance, 'now').mockImplementation(() => start + (now() - start) * 0.9)
    given.fake.answer(() => {})
    await expect(client({ timeout: 40, maxRetries: 0 }).chat.completions.create(question)).rejects.toThrow()
    slow.mockRestore()
    runBeforeLastFlush()
    expect(tape.call).toMatchObject({ status: 'error' })
  })

  test('that a request limits end the span once none can follow, at the time of the failure', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(realTimers, 'setTimeout').mockImplementation(setTimeout)
    given.fake.answer(reset)
    await expect(ask({ maxRetries: 0 })).rejects.toThrow('Connection error')
    expect(tape.calls).toEqual([])
    vi.advanceTimersByTime(3000)
    expect(tape.call).toMatchObject({ status: 'error', metadata: { attempts: 1 } })
    expect(tape.call.durationMs).toBeLessThan(2000)
  })

  test('of callers that do not number them are separate spans', async () => {
    given.fake.answer(inTurn(failure(500, 'one', soon), json(completion('ok'))))
    await client({ defaultHeaders: { 'x-stainless-retry-count': null } }).chat.completions.create(question)
    expect(tape.calls.map(({ status }) => status)).toEqual(['error', 'ok'])
  })

  test('that an abort ends are cancelled', async () => {
    const controller = new AbortController()
    // Not before it has arrived: it would be among the requests of the next test.
    given.fake.answer(() => controller.abort())
    await expect(ask({ signal: controller.signal })).rejects.toThrow('aborted')
    expect(tape.call).toMatchObject({ status: 'cancelled', metadata: { attempts: 1 } })
  })
})

describe('a host that refuses stream_options', () => {
  const refusing = (status: number) =>
    given.fake.answer((response, seen, index) => {
      const reply = seen.body.stream_options
        ? failure(status, 'extra field: stream_options')
        : stream(...textChunks('a'))
      return reply(response, seen, index)
    })

  test('receives one retry without it, and never receives it again', async () => {
    refusing(422)
    const openai = client()
    for (let times = 0; times < 2; times++) await collect(await openai.chat.completions.create(streamed))
    expect(given.fake.requests.map(({ body }) => body.stream_options !== undefined)).toEqual([
      true,
      false,
      false,
    ])
    expect(tape.calls.map(({ status, usage }) => [status, usage])).toEqual([
      ['ok', undefined],
      ['ok', undefined],
    ])
    expect(tape.calls[0]?.metadata).toMatchObject({ attempts: 1 })
  })

  test('never receives it with includeUsage: false', async () => {
    refusing(400)
    await collect(await client({}, { includeUsage: false }).chat.completions.create(streamed))
    expect(given.fake.requests).toHaveLength(1)
  })

  test('still receives it with includeUsage: true', async () => {
    refusing(400)
    const asked = client({}, { includeUsage: true }).chat.completions.create(streamed)
    await expect(asked).rejects.toThrow('400 extra field: stream_options')
  })
})

test('a body with a length or signature header arrives unchanged', async () => {
  given.fake.answer(stream(...textChunks('a')))
  const headers = { 'x-amz-content-sha256': 'abc' }
  await collect(await client().chat.completions.create(streamed, { headers }))
  expect(given.fake.requests[0]?.body).toEqual(streamed)
})
