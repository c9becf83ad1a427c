import { APIConnectionError } from '@anthropic-ai/sdk'
import { runBeforeLastFlush } from '@runtape/core/internal'
import { memorySink, noCallLeft, replayCalls } from '@runtape/testing'
import {
  anthropicContractCases,
  anthropicHas,
  collect,
  failure,
  hang,
  inTurn,
  json,
  message,
  question,
  reset,
  stream,
  streamed,
  text,
  textEvents,
} from '@runtape/testing/anthropic'
import { traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { instrumentAnthropic } from '../src/index.ts'
import { anthropic0, anthropic1 } from './sdks.ts'
import { setUp, tokens } from './set-up.ts'

const given = setUp()
const { tape, client } = given
type Client = ReturnType<typeof client>
const ask = (anthropic: Client) => anthropic.messages.create(question)
const readStream = async (anthropic: Client) => collect(await anthropic.messages.create(streamed))

/** Runs it from the tape only. */
async function replay<T>(
  observe: (client: Client) => Promise<T>,
  anthropic = client(),
  recorded = [...tape.calls],
) {
  given.fake.answer(failure(500, 'No request may come here.'))
  return replayCalls(
    recorded,
    traced('test.ask', async () => observe(anthropic)),
  )
}

const rejected = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('It should have failed.'),
    (error: unknown) => error,
  )

// These see more than the recorded answer: headers that are not recorded, their own abort, or answers of several requests,
// some of which call no model.
const seeMore = [
  'withResponse',
  'asResponse and its body as text, as bytes and as a clone',
  'an answer that is not JSON, empty, or without a content type',
  'a connection that breaks before the answer',
  'an answer that takes too long',
  'an abort before the answer',
  'a token count, which calls no model',
  'batches: created, listed, canceled, and their results line by line',
  'the list of models',
  'a stream that is never read, and one that is read twice',
  // The call of an unread answer ends in one of the next tests.
  'middleware of the application that observes and repeats requests',
]

describe.each([anthropic0, anthropic1])(
  'a replay with the SDK $version shows the application what it saw',
  sdk => {
    const cases = anthropicContractCases.filter(
      ({ title, needs }) => !seeMore.includes(title) && anthropicHas(sdk, needs),
    )
    test.each(cases)('$title', async ({ reply, observe, options }) => {
      const newClient = () => {
        const bare = new sdk.Anthropic({ apiKey: 'sk-ant-test', baseURL: given.fake.url, ...options?.() })
        return instrumentAnthropic(bare as Client)
      }
      given.fake.answer(reply)
      const first = await observe(newClient(), sdk, given.fake)
      const recorded = [...tape.calls]
      const { result, tape: replayed } = await replay(
        one => observe(one, sdk, given.fake),
        newClient(),
        recorded,
      )
      expect(result).toEqual(first)
      expect(given.fake.requests).toEqual([])
      const whole = recorded.filter(({ status }) => status !== 'cancelled')
      const outputs = replayed.calls.slice(0, whole.length).map(({ output }) => output)
      expect(outputs).toEqual(whole.map(({ output }) => output))
    })
  },
)

describe('an answer from the tape', () => {
  test('is marked as mocked, and has usage, model and stop reason as recorded', async () => {
    given.fake.answer(stream(...textEvents('a')))
    await readStream(client())
    const [recorded] = tape.calls
    const { tape: replayed } = await replay(readStream)
    expect(replayed.call).toMatchObject({
      status: 'ok',
      usage: tokens,
      model: 'claude-test-2026',
      metadata: recorded?.metadata,
      replay: { sourceSpanId: recorded?.spanId, mocked: true },
    })
  })

  test('counts in the run, streamed or not', async () => {
    given.fake.answer(inTurn(json(message([text('ok')])), stream(...textEvents('a'))))
    const loop = async (anthropic: Client) => {
      const tracker = createTracker({ sink: memorySink(), configKey: 'test' })
      await tracker.run(async () => {
        await ask(anthropic)
        await readStream(anthropic)
      })
      return tracker.getSummary().tokens
    }
    const first = await loop(client())
    const { result } = await replay(loop)
    expect(result).toEqual(first)
    expect(result).toMatchObject({ input: 96, output: 18 })
  })

  test('is the recorded broken connection, after as many attempts', async () => {
    given.fake.answer(reset)
    const anthropic = client({ maxRetries: 1 })
    await rejected(ask(anthropic))
    runBeforeLastFlush()
    const { result, tape: replayed } = await replay(() => rejected(ask(anthropic)))
    expect(result).toBeInstanceOf(APIConnectionError)
    expect(replayed.call).toMatchObject({
      status: 'error',
      metadata: { attempts: 2 },
      replay: { mocked: true },
    })
  })

  test('of a stream that was left early ends with an error for a reader that continues', async () => {
    given.fake.answer(hang(...textEvents('a').slice(0, 3)))
    for await (const item of await client().messages.create(streamed))
      if (item.type === 'content_block_delta') break
    const { result } = await replay(readStream)
    expect(result.items).toHaveLength(3)
    expect(result.error).toMatchObject({ class: 'RuntapeError' })
  })

  test('comes chunk by chunk: a reader that leaves early gets the same chunks', async () => {
    given.fake.answer(stream(...textEvents('a', 'b', 'c')))
    await readStream(client())
    const { result } = await replay(async anthropic => {
      const seen: unknown[] = []
      for await (const item of await anthropic.messages.create(streamed)) {
        seen.push(item.type)
        if (item.type === 'content_block_delta') break
      }
      return seen
    })
    expect(result).toEqual(['message_start', 'content_block_start', 'content_block_delta'])
  })
})

describe('if the tape has no answer', () => {
  test.each([
    ['a message', ask],
    ['a stream', readStream],
    ['the stream helper', (anthropic: Client) => anthropic.messages.stream(question).finalMessage()],
  ])("%s fails with the replay's error, and nothing is sent", async (_, observe) => {
    const { result } = await replay(anthropic => rejected(observe(anthropic)), client(), [])
    const { message: told, cause } = result as Error
    expect([told, (cause as Error | undefined)?.message]).toContain(noCallLeft.message)
    expect(given.fake.requests).toEqual([])
  })

  test.each([
    ['was streamed and is now requested whole', readStream, ask],
    ['was whole and is now requested as a stream', ask, readStream],
  ])('because it %s, the error says so', async (_, before, after) => {
    given.fake.answer((response, seen, index) =>
      (seen.body.stream ? stream(...textEvents('a')) : json(message([text('ok')])))(response, seen, index),
    )
    await before(client())
    const { result } = await replay(anthropic => rejected(after(anthropic)))
    expect(result).toMatchObject({ code: 'not-replayable', message: expect.stringContaining('`stream`') })
  })
})
