import { runBeforeLastFlush } from '@runtape/core/internal'
import { failure, inTurn, json, message, question, reset, text, toolUse } from '@runtape/testing/anthropic'
import { describe, expect, test } from 'vitest'
import { setUp, tokens } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const soon = { 'retry-after-ms': '1' }
const ok = json(message([text('ok')]))
const ask = (options = {}) => client().messages.create(question, options)
const output = () => valueOf(tape.call.output) as Record<string, unknown>

describe('a message', () => {
  test('is one span with request, answer, usage, model, stop reason and request id', async () => {
    const more = { 'anthropic-ratelimit-tokens-remaining': '7', 'set-cookie': 'a=b' }
    given.fake.answer(json(message([text('ok')]), 200, more))
    await ask()
    expect(tape.call).toMatchObject({
      key: 'anthropic.messages',
      type: 'model',
      status: 'ok',
      usage: tokens,
      model: 'claude-test-2026',
      metadata: { attempts: 1, finishReason: 'end_turn', requestId: 'req_011Test' },
    })
    expect(valueOf(tape.call.input)).toEqual([question])
    expect(output()).toEqual({
      status: 200,
      headers: {
        'content-type': 'application/json',
        'request-id': 'req_011Test',
        'anthropic-ratelimit-tokens-remaining': '7',
      },
      body: message([text('ok')]),
      layout: { indent: 0, end: '' },
    })
  })

  test('has no key, other header or organization id on the tape', async () => {
    given.fake.answer(ok)
    const defaultHeaders = { 'x-tenant-key': 'tenant-secret' }
    await client({ defaultHeaders }).messages.create(question)
    await client({ apiKey: null, authToken: 'token-secret' }).messages.create(question)
    expect(tape.calls).toHaveLength(2)
    expect(JSON.stringify(tape.records)).not.toMatch(/secret|org-1/)
  })

  test('of the beta namespace, of a proxy, and with a query string is recorded, too', async () => {
    given.fake.answer(ok)
    await client().beta.messages.create({ ...question, betas: ['b'] })
    await client({ baseURL: `${given.fake.url}/proxy/anthropic` }).messages.create(question)
    await client().messages.create(question, { query: { tier: 'a' } })
    expect(tape.calls.map(({ key, usage }) => [key, usage])).toEqual(
      Array(3).fill(['anthropic.messages', tokens]),
    )
  })

  test('that calls a tool has the call', async () => {
    given.fake.answer(json(message([toolUse('toolu_1', 'weather', { city: 'Bern' })])))
    await ask()
    expect(tape.call.metadata).toMatchObject({ finishReason: 'tool_use' })
  })

  test.each([
    ['without usage', {}],
    ['with usage without an output', { usage: { input_tokens: 5 } }],
    ['with invalid counts', { usage: { input_tokens: '5', output_tokens: -1 } }],
  ])('%s has no tokens, not zero', async (_, more) => {
    given.trace({ logger: { warn: () => {} } })
    given.fake.answer(json({ type: 'message', content: [], ...more }))
    await ask()
    expect(tape.call).toMatchObject({ status: 'ok' })
    expect(tape.call.usage).toBeUndefined()
  })
})

describe('attempts', () => {
  test('of one call are one span', async () => {
    given.fake.answer(inTurn(failure(529, 'one', soon), failure(429, 'two', soon), ok))
    await ask()
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts: 3 } })
  })

  test('that all fail are one failed span with the last answer', async () => {
    given.fake.answer(failure(529, 'Overloaded', soon))
    await expect(ask()).rejects.toThrow('Overloaded')
    expect(given.fake.requests).toHaveLength(3)
    const error = { message: '529 Overloaded' }
    expect(tape.call).toMatchObject({ status: 'error', error, metadata: { attempts: 3 } })
    expect(output()).toMatchObject({ status: 529, body: { error: { type: 'overloaded_error' } } })
  })

  test('that end in a broken connection are one failed span', async () => {
    given.fake.answer(inTurn(failure(500, 'one', soon), reset))
    await expect(client({ maxRetries: 1 }).messages.create(question)).rejects.toThrow('Connection error')
    runBeforeLastFlush()
    expect(tape.call).toMatchObject({ status: 'error', metadata: { attempts: 2 } })
  })

  test("beyond the client's maximum are one span", async () => {
    given.fake.answer(inTurn(reset, reset, ok))
    await client({ maxRetries: 0 }).messages.create(question, { maxRetries: 2 })
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts: 3 } })
  })

  test('that follow a refused token, with a fresh one, are one span', async () => {
    given.fake.answer(inTurn(failure(401, 'stale'), ok))
    let count = 0
    const credentials = async () => ({ token: `token-${++count}`, expiresAt: null })
    await client({ apiKey: null, credentials }).messages.create(question)
    const sent = given.fake.requests.map(({ headers }) => headers.authorization)
    expect(sent).toEqual(['Bearer token-1', 'Bearer token-2'])
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { attempts: 2 } })
  })

  test('that an abort ends are cancelled', async () => {
    const controller = new AbortController()
    // Not before it has arrived: it would be among the requests of the next test.
    given.fake.answer(() => controller.abort())
    await expect(ask({ signal: controller.signal })).rejects.toThrow('aborted')
    expect(tape.call).toMatchObject({ status: 'cancelled', metadata: { attempts: 1 } })
  })
})

describe('a request that calls no model', () => {
  test('is not recorded: token counts, batches, models', async () => {
    given.fake.answer(json({ input_tokens: 4, data: [], has_more: false }))
    await client().messages.countTokens({ model: 'm', messages: question.messages })
    await client().messages.batches.create({ requests: [{ custom_id: 'a', params: question }] })
    await client().messages.batches.list()
    await client().models.list()
    const paths = ['/v1/messages/count_tokens', '/v1/messages/batches', '/v1/models']
    expect(given.fake.requests.map(({ path }) => path)).toEqual(expect.arrayContaining(paths))
    expect(tape.records).toEqual([])
  })
})

describe('on Vertex', () => {
  test('the path has the model, and whether it streams', async () => {
    given.fake.answer(json(message([text('ok')])))
    const { fetch } = client() as unknown as { fetch: typeof globalThis.fetch }
    const path = '/v1/projects/p/locations/l/publishers/anthropic/models/claude-test@20260101:rawPredict'
    const body = JSON.stringify({ anthropic_version: 'vertex-2023-10-16', ...question, model: undefined })
    await (await fetch(given.fake.url + path, { method: 'POST', body })).text()
    expect(tape.call).toMatchObject({ key: 'anthropic.messages', usage: tokens, model: 'claude-test-2026' })
  })
})
