import { replayCalls } from '@runtape/testing'
import {
  chunks,
  collect,
  failure,
  generated,
  inTurn,
  json,
  question,
  reset,
  stream,
  text,
} from '@runtape/testing/google'
import { traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { googleFetch } from '../src/index.ts'
import { setUp, tokens } from './set-up.ts'

const given = setUp()
const { tape, client } = given
const ok = json(generated([text('ok')]))
const retryOptions = { attempts: 4, initialDelay: 0.001, maxDelay: 0.001 }
const withRetries = () => client({ httpOptions: { retryOptions } })

describe('attempts that the application requests', () => {
  test.each([
    ['after a failure', failure(503, 'busy')],
    [
      'after a failure without a body',
      (response: { writeHead(status: number): { end(): void } }) => response.writeHead(503).end(),
    ],
  ])('%s are one span', async (_, first) => {
    given.fake.answer(inTurn(first as typeof reset, first as typeof reset, ok))
    await withRetries().models.generateContent(question)
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts: 3 } })
  })

  test('after an error of its own fetch are one span; a broken connection is final', async () => {
    given.fake.answer(ok)
    let count = 0
    const fetch: typeof globalThis.fetch = (...args) =>
      count++ < 2 ? Promise.reject(new Error('socket hang up')) : globalThis.fetch(...args)
    await client({ httpOptions: { retryOptions, fetch } }).models.generateContent(question)
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { attempts: 3 } })
    tape.clear()
    given.fake.answer(inTurn(reset, ok))
    const bare = await given
      .raw({ httpOptions: { retryOptions } })
      .models.generateContent(question)
      .catch(String)
    given.fake.answer(inTurn(reset, ok))
    expect(await withRetries().models.generateContent(question).catch(String)).toEqual(bare)
    expect(tape.call).toMatchObject({ status: 'error', metadata: { attempts: 1 } })
  })

  test('requested for one call only, with its own fetch, are one span', async () => {
    given.fake.answer(inTurn(failure(503, 'busy'), ok))
    const { fetch } = globalThis
    for (const more of [{}, { fetch: (...args: Parameters<typeof fetch>) => fetch(...args) }])
      await client().models.generateContent({
        ...question,
        config: { httpOptions: { retryOptions, ...more } },
      })
    given.fake.answer(inTurn(failure(429, 'busy'), stream(...chunks(text('a')))))
    await collect(await withRetries().models.generateContentStream(question))
    expect(tape.calls.map(({ metadata }) => metadata?.attempts)).toEqual([2, 1, 2])
  })

  test('that all fail are one failed span, at once', async () => {
    given.fake.answer(failure(503, 'busy'))
    await expect(withRetries().models.generateContent(question)).rejects.toThrow('busy')
    expect(tape.call).toMatchObject({ status: 'error', metadata: { attempts: 4 } })
  })

  test('are not awaited after a final error', async () => {
    given.fake.answer(failure(400, 'no'))
    await expect(withRetries().models.generateContent(question)).rejects.toThrow('no')
    expect(tape.call).toMatchObject({ status: 'error', metadata: { attempts: 1 } })
  })

  test('of two concurrent calls are two spans', async () => {
    given.fake.answer(inTurn(failure(503, 'one'), failure(503, 'two'), ok))
    const google = withRetries()
    await Promise.all([google.models.generateContent(question), google.models.generateContent(question)])
    expect(tape.calls.map(({ metadata }) => metadata?.attempts)).toEqual([2, 2])
  })

  test('are one call each in a run, and billed once', async () => {
    given.fake.answer(inTurn(failure(503, 'busy'), ok))
    const tracker = createTracker({ configKey: 'support', sink: tape })
    await tracker.run(() => withRetries().models.generateContent(question))
    expect(tracker.getSummary().tokens).toEqual(tokens)
    expect(tape.events.filter(({ metric }) => metric.startsWith('call:'))).toHaveLength(2)
  })

  test.each([
    ['an answer', inTurn(failure(503, 'busy'), ok)],
    ['a failure', failure(503, 'busy')],
    ['a broken connection', reset],
  ])('are one call in a replay, too, that ends with %s', async (_, reply) => {
    given.fake.answer(reply)
    const ask = traced('test.ask', () =>
      withRetries()
        .models.generateContent(question)
        .then(one => one.text, String),
    )
    const live = await ask()
    await expect.poll(() => tape.calls.length).toBe(1)
    const { result, tape: replayed } = await replayCalls([tape.call], ask)
    expect(result).toEqual(live)
    expect(replayed.call.status).toBe(tape.call.status)
  })
})

describe("the SDK's automatic attempts at an interaction", () => {
  const usage = { total_input_tokens: 20, total_output_tokens: 5, total_tokens: 25 }
  const done = json({ id: 'i1', object: 'interaction', model: 'm', status: 'completed', steps: [], usage })
  const busy = failure(503, 'busy', { 'retry-after-ms': '1' })
  const asked = { model: 'gemini-test', input: 'Hi' }

  test('are one span, and billed once', async () => {
    given.fake.answer(inTurn(busy, busy, done))
    const tracker = createTracker({ configKey: 'support', sink: tape })
    await tracker.run(() => client().interactions.create(asked))
    expect(tape.call).toMatchObject({ status: 'ok', usage: { total: 25 }, metadata: { attempts: 3 } })
    expect(tracker.getSummary().tokens).toMatchObject({ total: 25 })
  })

  test('after a broken connection are one span', async () => {
    given.fake.answer(inTurn(reset, done))
    await client().interactions.create(asked)
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { attempts: 2 } })
  })

  test('that all fail are one failed span with the allowed number, ended at once after a final error', async () => {
    given.fake.answer(busy)
    await client()
      .interactions.create(asked, { maxRetries: 1 })
      .catch(() => {})
    expect(tape.call).toMatchObject({ status: 'error', metadata: { attempts: 2 } })
    tape.clear()
    given.fake.answer(failure(400, 'no'))
    await client()
      .interactions.create(asked)
      .catch(() => {})
    expect(tape.call).toMatchObject({ status: 'error', metadata: { attempts: 1 } })
  })

  test('of concurrent interactions are one span per interaction', async () => {
    given.fake.answer(inTurn(busy, busy, done))
    const google = client()
    await Promise.all([google.interactions.create(asked), google.interactions.create(asked)])
    expect(tape.calls.map(({ status, metadata }) => [status, metadata?.attempts])).toEqual([
      ['ok', 2],
      ['ok', 2],
    ])
  })
})

test('through a constructor fetch, which cannot count attempts, each attempt is a span', async () => {
  given.fake.answer(inTurn(failure(503, 'busy'), ok))
  const fetch = googleFetch()
  await given.raw({ httpOptions: { retryOptions, fetch } }).models.generateContent(question)
  expect(tape.calls.map(({ status }) => status)).toEqual(['error', 'ok'])
})
