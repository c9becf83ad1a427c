import { runBeforeLastFlush, watchOutside } from '@runtape/core/internal'
import { memorySink, noCallLeft, replayCalls } from '@runtape/testing'
import {
  collect,
  completion,
  failure,
  hang,
  inTurn,
  json,
  openaiContractCases,
  outcome,
  question,
  reset,
  stream,
  streamed,
  textChunks,
} from '@runtape/testing/openai'
import { withWaits } from '@runtape/testing/vitest'
import { currentSpan, currentTrace, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { openai7 } from './sdks.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape, client } = given
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
const ask = (openai: OpenAI) => openai.chat.completions.create(question)
const readStream = async (openai: OpenAI) => collect(await openai.chat.completions.create(streamed))

/** Runs it from the tape only. */
async function replay<T>(
  observe: (client: OpenAI) => Promise<T>,
  openai = client(),
  recorded = [...tape.calls],
) {
  given.fake.answer(failure(500, 'No request may come here.'))
  const replaying = () =>
    replayCalls(
      recorded,
      traced('test.ask', async () => observe(openai)),
    )
  const { value, waits } = await withWaits(replaying)
  return { ...value, waits }
}

const rejected = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('It should have failed.'),
    (error: unknown) => error,
  )

// These see more than the recorded answer: headers that are not recorded, another host, their own abort. The spans of those that
// allow no retries, or leave a stream unread, come later.
const seeMore = [
  'withResponse',
  'asResponse and its body as text, as bytes and as a clone',
  'an answer that is not JSON, empty, or without a content type',
  'a connection that breaks before the answer',
  'an answer that takes too long',
  'an abort before the answer',
  'endpoints that call no model: files, batches, lists',
  'speech, byte by byte',
  'a stream that is never read, and one that is read twice',
]

// The application leaves this stream with its own error. When it is recorded, the packets decide whether the rest had arrived and
// the call is complete; in a replay it never has.
const leftByError = 'chunks of unexpected shapes'

describe('a replay shows the application what it saw', () => {
  test.each(openaiContractCases.filter(({ title }) => !seeMore.includes(title)))(
    '$title',
    async ({ title, reply, observe }) => {
      given.fake.answer(reply)
      const first = await observe(client(), openai7, given.fake)
      const recorded = [...tape.calls]
      const { result, tape: replayed } = await replay(openai => observe(openai, openai7, given.fake))
      expect(result).toEqual(first)
      expect(given.fake.requests).toEqual([])
      if (title === leftByError) return expect(replayed.call.status).toBe('cancelled')
      const whole = recorded.filter(({ status }) => status !== 'cancelled')
      expect(replayed.calls.slice(0, whole.length).map(({ output }) => output)).toEqual(
        whole.map(({ output }) => output),
      )
    },
  )
})

describe('an answer from the tape', () => {
  test('is marked as mocked, and has usage, model and finish reason as recorded', async () => {
    given.fake.answer(stream(...textChunks('a')))
    await readStream(client())
    const [recorded] = tape.calls
    const { tape: replayed } = await replay(readStream)
    expect(replayed.call).toMatchObject({
      status: 'ok',
      usage: tokens,
      model: 'gpt-test-2026',
      metadata: recorded?.metadata,
      replay: { testRunId: 'test-run', sourceSpanId: recorded?.spanId, mocked: true },
    })
  })

  test.each([
    ['whose trace was dropped', () => currentTrace()?.drop()],
    ['under a dropped call', undefined],
  ])('answers a call %s, and nothing is sent', async (_what, drop) => {
    given.fake.answer(json(completion('ok')))
    const first = await ask(client())
    const dropping = traced('test.private', async (openai: OpenAI) => {
      currentSpan()?.drop()
      await null
      return ask(openai)
    })
    const { result } = await replay(openai => {
      drop?.()
      return drop ? ask(openai) : dropping(openai)
    })
    expect(result).toEqual(first)
    expect(given.fake.requests).toEqual([])
  })

  test('counts in the run, streamed or not', async () => {
    given.fake.answer(inTurn(json(completion('ok')), stream(...textChunks('a'))))
    const loop = async (openai: OpenAI) => {
      const tracker = createTracker({ sink: memorySink(), configKey: 'test' })
      await tracker.run(async () => {
        await ask(openai)
        await readStream(openai)
      })
      return tracker.getSummary().tokens
    }
    await loop(client())
    const { result } = await replay(loop)
    expect(result).toEqual({ input: 40, output: 18, total: 58, cachedInput: 32, reasoning: 8 })
  })

  test('comes at once if the recorded one was a failure after retries', async () => {
    given.fake.answer(failure(429, 'slow down', { 'retry-after-ms': '200' }))
    const seen = () => outcome(ask(client({ maxRetries: 1 })))
    const { value: first, waits: recordedWaits } = await withWaits(seen)
    expect(recordedWaits).toContain(200)
    const { result, waits } = await replay(seen)
    expect(result).toEqual(first)
    expect(waits).toEqual([])
  })

  test('is the recorded broken connection, after as many attempts but without waits', async () => {
    given.fake.answer(reset)
    const openai = client({ maxRetries: 1 })
    const { value: first, waits: recordedWaits } = await withWaits(() => rejected(ask(openai)))
    expect(recordedWaits).not.toEqual([])
    runBeforeLastFlush()
    const { result, waits, tape: replayed } = await replay(() => rejected(ask(openai)))
    expect(result).toBeInstanceOf(OpenAI.APIConnectionError)
    expect((result as Error).message).toBe((first as Error).message)
    expect((result as Error).cause).toMatchObject({ name: 'TypeError', message: 'fetch failed' })
    expect(waits).toEqual([])
    expect(replayed.call).toMatchObject({
      status: 'error',
      metadata: { attempts: 2 },
      replay: { mocked: true },
    })
  })

  test('is the recorded timeout', async () => {
    given.fake.answer(() => {})
    const openai = client({ maxRetries: 0, timeout: 30 })
    await rejected(ask(openai))
    runBeforeLastFlush()
    const { result } = await replay(() => rejected(ask(openai)))
    expect(result).toBeInstanceOf(OpenAI.APIConnectionTimeoutError)
  })

  test('of a stream that was left early ends with an error for a reader that continues', async () => {
    given.fake.answer(hang(...textChunks('a').map(one => `data: ${JSON.stringify(one)}\n\n`)))
    for await (const item of await client().chat.completions.create(streamed))
      if (item.choices[0]?.delta.content) break
    const { result } = await replay(readStream)
    expect(result.items.at(1)).toMatchObject({ choices: [{ delta: { content: 'a' } }] })
    expect(result.error).toMatchObject({ class: 'RuntapeError', code: 'replay-miss' })
  })
})

describe('if the tape has no answer', () => {
  test("the application gets the replay's own error at once", async () => {
    const { result, waits, tape: replayed } = await replay(openai => rejected(ask(openai)), client(), [])
    expect(result).toBe(noCallLeft)
    expect(waits).toEqual([])
    expect(replayed.call).toMatchObject({ status: 'error', error: { message: noCallLeft.message } })
    expect(given.fake.requests).toEqual([])
  })

  test('a stream fails in the same way', async () => {
    const { result } = await replay(openai => rejected(readStream(openai)), client(), [])
    expect(result).toBe(noCallLeft)
  })

  test('a signal of the application changes nothing', async () => {
    const { signal } = new AbortController()
    const observe = (openai: OpenAI) => rejected(openai.chat.completions.create(question, { signal }))
    expect((await replay(observe, client(), [])).result).toBe(noCallLeft)
  })

  test.each([
    ['was streamed and is now requested whole', readStream, ask],
    ['was whole and is now requested as a stream', ask, readStream],
  ])('because it %s, the error says so', async (_, before, after) => {
    given.fake.answer((response, seen, index) =>
      (seen.body.stream ? stream(...textChunks('a')) : json(completion('ok')))(response, seen, index),
    )
    await before(client())
    const { result } = await replay(openai => rejected(after(openai)))
    expect(result).toMatchObject({ code: 'not-replayable', message: expect.stringContaining('`stream`') })
  })

  test('because it was too large to store, the error says so', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(json(completion('x'.repeat(2000))))
    await ask(client())
    const { result } = await replay(openai => rejected(ask(openai)))
    expect(result).toMatchObject({
      code: 'not-replayable',
      message: expect.stringContaining('maxPayloadBytes'),
    })
  })
})

describe('a call that was aborted before its answer came', () => {
  /** A fallback takes over, as in most timeouts. */
  const withTimeout = async (openai: OpenAI, ms: number) => {
    const events: string[] = []
    const controller = new AbortController()
    const timer = setTimeout(() => {
      events.push('timeout')
      controller.abort()
    }, ms)
    const asked = openai.chat.completions.create(question, { signal: controller.signal }).then(
      () => 'answered',
      (error: unknown) => (error instanceof OpenAI.APIUserAbortError ? 'aborted' : String(error)),
    )
    events.push(
      await Promise.race([asked, new Promise<string>(done => setTimeout(() => done('pending'), 60))]),
    )
    clearTimeout(timer)
    return events
  }

  test('waits for its signal, then aborts', async () => {
    given.fake.answer(() => {})
    expect(await withTimeout(client(), 20)).toEqual(['timeout', 'aborted'])
    expect(tape.call.status).toBe('cancelled')
    const { result, tape: replayed } = await replay(openai => withTimeout(openai, 20))
    expect(result).toEqual(['timeout', 'aborted'])
    expect(replayed.call).toMatchObject({ status: 'cancelled', replay: { mocked: true } })
  })

  test('stays pending if no signal fires', async () => {
    given.fake.answer(() => {})
    await withTimeout(client(), 20)
    const { result } = await replay(openai => withTimeout(openai, 10_000))
    expect(result).toEqual(['pending'])
  })

  test('in the middle of a stream waits after its recorded chunks', async () => {
    given.fake.answer(hang(...textChunks('a', 'b').map(one => `data: ${JSON.stringify(one)}\n\n`)))
    const readUntilAborted = async (openai: OpenAI) => {
      const events: string[] = []
      const controller = new AbortController()
      setTimeout(() => {
        events.push('timeout')
        controller.abort()
      }, 30)
      const reply = await openai.chat.completions.create(streamed, { signal: controller.signal })
      try {
        for await (const chunk of reply) events.push(chunk.choices[0]?.delta.content ?? '')
        events.push('end')
      } catch (error) {
        events.push((error as Error).name)
      }
      return events
    }
    const first = await readUntilAborted(client())
    expect(first).toContain('timeout')
    const { result } = await replay(readUntilAborted)
    expect(result).toEqual(first)
  })
})

describe('a call outside of the replayed traces, while a replay owns the process', () => {
  const own = (mode: 'refuse' | 'allow') => {
    const counted: unknown[] = []
    const end = watchOutside({
      mode,
      concerns: () => true,
      count: ({ key }, refused) => counted.push({ key, refused }),
    })
    return { counted, end }
  }

  test.each([
    ['asked at once', ask],
    ['streamed', readStream],
    [
      'in a run',
      (openai: OpenAI) => createTracker({ sink: memorySink(), configKey: 'test' }).run(() => ask(openai)),
    ],
  ])('is refused without sending or retrying: %s', async (_what, observe) => {
    given.fake.answer(json(completion('ok')))
    const { counted, end } = own('refuse')
    try {
      const error = (await rejected(observe(client({ maxRetries: 2 })))) as Error
      expect(String(error.message)).toContain('was not run: it was made during a replay')
    } finally {
      end()
    }
    expect(counted).toEqual([{ key: 'openai.chat.completions', refused: true }])
    expect(given.fake.requests).toEqual([])
    expect(tape.calls).toEqual([])
  })

  test('is sent if allowed, and is neither recorded nor counted in a run', async () => {
    given.fake.answer(json(completion('ok')))
    const sink = memorySink()
    const { counted, end } = own('allow')
    try {
      await createTracker({ sink, configKey: 'test' }).run(() => ask(client()))
    } finally {
      end()
    }
    expect(counted).toHaveLength(1)
    expect(given.fake.requests).toHaveLength(1)
    expect([...tape.calls, ...sink.calls]).toEqual([])
  })
})
