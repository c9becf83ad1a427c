import type { GoogleGenAI } from '@google/genai'
import { memorySink, noCallLeft, replayCalls } from '@runtape/testing'
import {
  chunks,
  collect,
  failure,
  generated,
  googleContractCases,
  googleHas,
  hang,
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
import { instrumentGoogle } from '../src/index.ts'
import { google2, google3 } from './sdks.ts'
import { setUp, tokens } from './set-up.ts'

const given = setUp()
const { tape, client } = given
const ask = (google: GoogleGenAI) => google.models.generateContent(question)
const read = async (google: GoogleGenAI) => collect(await google.models.generateContentStream(question))

/** Runs it from the tape only. */
async function replay<T>(
  observe: (client: GoogleGenAI) => Promise<T>,
  google = client(),
  recorded = [...tape.calls],
) {
  given.fake.answer(failure(500, 'No request may come here.'))
  return replayCalls(
    recorded,
    traced('test.ask', async () => observe(google)),
  )
}

const rejected = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('It should have failed.'),
    (error: unknown) => error,
  )

/** Without the headers of the response, most of which are not recorded. */
const withoutHeaders = (seen: unknown): unknown =>
  JSON.parse(
    JSON.stringify(seen, (name, value: unknown) => (name === 'sdkHttpResponse' ? undefined : value)) ??
      'null',
  )

// These see more than the recorded answer (a wait, their own abort, requests that call no model), or their spans come after
// they end.
const seeMore = [
  'the SDK’s view of an answer: text, calls and response headers',
  'a stream that is never read',
  'an early break',
  'an abort in the middle of a stream',
  'an answer that takes too long',
  'an abort before the answer',
  'a token count, which calls no model',
  'models, caches, files and batches',
  'a file upload in two requests',
  'a long wait for an answer, without Node’s default limits',
]

describe.each([google2, google3])('a replay with the SDK $version shows the application what it saw', sdk => {
  const cases = googleContractCases.filter(
    ({ title, needs }) => !seeMore.includes(title) && googleHas(sdk, needs),
  )
  test.each(cases)('$title', async ({ reply, observe, options }) => {
    const newClient = () => {
      const { httpOptions, ...more } = options?.() ?? {}
      const baseUrl = given.fake.url
      const bare = new sdk.GoogleGenAI({ apiKey: 'k', ...more, httpOptions: { baseUrl, ...httpOptions } })
      return instrumentGoogle(bare) as GoogleGenAI
    }
    given.fake.answer(reply)
    const record = traced('test.record', async () => observe(newClient(), sdk, given.fake))
    const first = await record()
    // A call of an earlier test, whose answer was not read, may end now.
    const { traceId } = tape.spans.find(({ key }) => key === 'test.record') ?? {}
    const recorded = tape.calls.filter(call => call.traceId === traceId)
    const { result, tape: replayed } = await replay(
      one => observe(one, sdk, given.fake),
      newClient(),
      recorded,
    )
    expect(withoutHeaders(result)).toEqual(withoutHeaders(first))
    expect(given.fake.requests).toEqual([])
    const whole = recorded.filter(({ status }) => status !== 'cancelled')
    const outputs = replayed.calls.slice(0, whole.length).map(({ output }) => output)
    expect(outputs).toEqual(whole.map(({ output }) => output))
  })
})

describe('an answer from the tape', () => {
  test('is marked as mocked, and has usage, model and finish reason as recorded', async () => {
    given.fake.answer(stream(...chunks(text('a'), text('b'))))
    await read(client())
    const [recorded] = tape.calls
    const { tape: replayed } = await replay(read)
    expect(replayed.call).toMatchObject({
      status: 'ok',
      usage: tokens,
      model: 'gemini-test-2026',
      metadata: recorded?.metadata,
      replay: { sourceSpanId: recorded?.spanId, mocked: true },
    })
  })

  test('counts in the run, streamed or not', async () => {
    given.fake.answer(inTurn(json(generated([text('ok')])), stream(...chunks(text('a'), text('b')))))
    const loop = async (google: GoogleGenAI) => {
      const tracker = createTracker({ sink: memorySink(), configKey: 'test' })
      await tracker.run(async () => {
        await ask(google)
        await read(google)
      })
      return tracker.getSummary().tokens
    }
    const first = await loop(client())
    const { result } = await replay(loop)
    expect(result).toEqual(first)
    expect(result).toMatchObject({ total: 58 })
  })

  test('is the recorded broken connection', async () => {
    given.fake.answer(reset)
    await rejected(ask(client()))
    const { result } = await replay(google => rejected(ask(google)))
    expect(result).toMatchObject({ name: 'TypeError', message: 'fetch failed' })
  })

  test('of a stream that was left early ends with an error for a reader that continues', async () => {
    given.fake.answer(hang(...chunks(text('a'), text('b')).slice(0, 1)))
    for await (const _ of await client().models.generateContentStream(question)) break
    const { result } = await replay(read)
    expect(result.items).toHaveLength(1)
    expect(result.error).toMatchObject({ class: 'RuntapeError' })
  })
})

describe('if the tape has no answer', () => {
  test.each([
    ['an answer', ask],
    ['a stream', read],
    ['a chat', (google: GoogleGenAI) => google.chats.create({ model: 'm' }).sendMessage({ message: 'Hi' })],
  ])("%s fails with the replay's error, and nothing is sent", async (_, observe) => {
    const { result } = await replay(google => rejected(observe(google)), client(), [])
    expect(result).toBe(noCallLeft)
    expect(given.fake.requests).toEqual([])
  })

  test.each([
    ['was streamed and is now requested whole', read, ask],
    ['was whole and is now requested as a stream', ask, read],
  ])('because it %s, the error says so', async (_, before, after) => {
    given.fake.answer((response, seen, index) => {
      const streamed = stream(...chunks(text('a'), text('b')))
      const reply = seen.path.includes('stream') ? streamed : json(generated([text('ok')]))
      return reply(response, seen, index)
    })
    await before(client())
    const { result } = await replay(google => rejected(after(google)))
    expect(result).toMatchObject({ code: 'not-replayable' })
  })
})
