import * as sdk from '@aws-sdk/client-bedrock-runtime'
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  ThrottlingException,
} from '@aws-sdk/client-bedrock-runtime'
import { watchOutside } from '@runtape/core/internal'
import { memorySink, noCallLeft, replayCalls } from '@runtape/testing'
import {
  bedrockContractCases,
  collect,
  converseAnswer,
  failure,
  hang,
  inTurn,
  json,
  observedError,
  question,
  stream,
  textEvents,
} from '@runtape/testing/bedrock'
import { withWaits } from '@runtape/testing/vitest'
import { currentSpan, currentTrace, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { describe, expect, test } from 'vitest'
import { instrumentBedrock } from '../src/index.ts'
import { converse, converseStream, invoke } from './calls.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape, client } = given
const ask = (bedrock: BedrockRuntimeClient) => bedrock.send(new ConverseCommand(question))
const askStream = (bedrock: BedrockRuntimeClient) => bedrock.send(new ConverseStreamCommand(question))

/** Runs it from the tape only. */
async function replay<T>(
  observe: (client: BedrockRuntimeClient) => Promise<T>,
  { bedrock = client(), recorded = [...tape.calls] } = {},
) {
  given.fake.answer(failure(500, 'InternalServerException', 'No request may come here.'))
  const replaying = () =>
    replayCalls(
      recorded,
      traced('test.ask', async () => observe(bedrock)),
    )
  const { value, waits } = await withWaits(replaying)
  return { ...value, waits }
}

const rejected = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('It should have failed.'),
    (error: unknown) => error,
  )

// The first three call no model: in a replay too they go to the host. The spans of others come later, when the stream is
// garbage-collected, or their packets differ from those of the repeated request; and one aborts once the host has the
// request, which it does not in a replay.
const notAlike = [
  'an abort before the answer',
  'a command that calls no model',
  'a list command',
  'a paginator',
  'a stream that is never read, and one that is read twice',
  'concurrent calls',
]

// The error's hidden field with the broken stream is not on the tape.
const brokenBody = 'a connection that breaks in the middle of an answer'
const withoutResponse = (seen: unknown) => ({
  error: { ...(seen as { error: object }).error, status: undefined },
})

test.each([
  ['whose trace was dropped', () => currentTrace()?.drop()],
  ['under a dropped call', undefined],
])('a call %s is answered, and nothing is sent', async (_what, drop) => {
  given.fake.answer(json(converseAnswer('ok')))
  const first = await ask(client())
  const dropping = traced('test.private', async (bedrock: BedrockRuntimeClient) => {
    currentSpan()?.drop()
    await null
    return ask(bedrock)
  })
  const { result } = await replay(bedrock => {
    drop?.()
    return drop ? ask(bedrock) : dropping(bedrock)
  })
  expect(result.output).toEqual(first.output)
  expect(given.fake.requests).toEqual([])
})

describe('a replay shows the application what it saw', () => {
  test.each(bedrockContractCases.filter(({ title }) => !notAlike.includes(title)))(
    '$title',
    async ({ title, reply, observe }) => {
      given.fake.answer(reply)
      const first = await observe(client(), sdk, given.fake)
      const recorded = [...tape.calls]
      const { result, tape: replayed } = await replay(bedrock => observe(bedrock, sdk, given.fake))
      expect(result).toEqual(title === brokenBody ? withoutResponse(first) : first)
      expect(given.fake.requests).toEqual([])
      expect(replayed.calls.map(({ output }) => output)).toEqual(recorded.map(({ output }) => output))
      expect(replayed.calls.map(({ status }) => status)).toEqual(recorded.map(({ status }) => status))
    },
  )
})

describe('an aborted call', () => {
  const abortLater = async (bedrock: BedrockRuntimeClient, command: ConverseCommand) => {
    const events: string[] = []
    const controller = new AbortController()
    setTimeout(() => {
      events.push('timeout')
      controller.abort()
    }, 20)
    const asked = bedrock.send(command, { abortSignal: controller.signal })
    const { name } = (await rejected(asked)) as Error
    return [...events, name]
  }

  test('before its answer came waits for its signal, and is aborted then', async () => {
    given.fake.answer(() => {})
    const observe = (bedrock: BedrockRuntimeClient) => abortLater(bedrock, new ConverseCommand(question))
    expect(await observe(client())).toEqual(['timeout', 'AbortError'])
    const { result, tape: replayed } = await replay(observe)
    expect(result).toEqual(['timeout', 'AbortError'])
    expect(replayed.call.status).toBe('cancelled')
  })

  test('stays pending if its signal does not fire', async () => {
    given.fake.answer(() => {})
    await abortLater(client(), new ConverseCommand(question))
    const { signal } = new AbortController()
    const observe = (bedrock: BedrockRuntimeClient) =>
      Promise.race([
        bedrock.send(new ConverseCommand(question), { abortSignal: signal }),
        new Promise(resolve => setTimeout(() => resolve('pending'), 30)),
      ])
    expect((await replay(observe)).result).toBe('pending')
  })
})

describe('an answer from the tape', () => {
  test('needs neither credentials nor a region', async () => {
    given.fake.answer(inTurn(json(converseAnswer('ok')), stream(...textEvents('a'))))
    const observe = async (bedrock: BedrockRuntimeClient) => [
      await converse(bedrock),
      await converseStream(bedrock),
    ]
    const first = await observe(client())
    const bedrock = instrumentBedrock(
      new BedrockRuntimeClient({
        region: async (): Promise<string> => expect.fail('No region is known.'),
        credentials: async () => expect.fail('No credentials are known.'),
      }),
    )
    expect((await replay(observe, { bedrock })).result).toEqual(first)
  })

  test('is marked as mocked, and has usage, model and metadata as recorded', async () => {
    given.fake.answer(stream(...textEvents('a')))
    await converseStream(client())
    const [recorded] = tape.calls
    const { tape: replayed } = await replay(converseStream)
    expect(replayed.call).toMatchObject({
      status: 'ok',
      usage: recorded?.usage,
      model: question.modelId,
      metadata: recorded?.metadata,
      timeToFirstTokenMs: expect.any(Number),
      replay: { testRunId: 'test-run', sourceSpanId: recorded?.spanId, mocked: true },
    })
    expect(recorded?.usage).toEqual({ input: 100, output: 9, total: 109, cachedInput: 64, cacheWrite: 16 })
  })

  test('counts in the run, streamed or not', async () => {
    given.fake.answer(inTurn(json(converseAnswer('ok')), stream(...textEvents('a'))))
    const loop = async (bedrock: BedrockRuntimeClient) => {
      const tracker = createTracker({ sink: memorySink(), configKey: 'test' })
      await tracker.run(async () => {
        await ask(bedrock)
        await collect((await askStream(bedrock)).stream)
      })
      return tracker.getSummary().tokens
    }
    await loop(client())
    expect((await replay(loop)).result).toMatchObject({ input: 200, output: 18, total: 218 })
  })

  test('comes at once if the recorded one was a failure after retries, as the same error class', async () => {
    given.fake.answer(failure(429, 'ThrottlingException', 'slow down'))
    const bedrock = client({ retryStrategy: new ConfiguredRetryStrategy(2, 200) })
    const { value: first, waits: recordedWaits } = await withWaits(() => rejected(ask(bedrock)))
    expect(recordedWaits).toContain(200)
    const { result, waits } = await replay(b => rejected(ask(b)), { bedrock })
    expect(result).toBeInstanceOf(ThrottlingException)
    expect(observedError(result)).toEqual(observedError(first))
    expect((first as ThrottlingException).$metadata.attempts).toBe(2)
    expect(waits).toEqual([])
  })

  test('of a stream that was left early ends with an error for a reader that continues', async () => {
    given.fake.answer(hang(...textEvents('a', 'b').slice(0, 2)))
    for await (const item of (await askStream(client())).stream ?? []) if (item.contentBlockDelta) break
    expect(tape.call.status).toBe('cancelled')
    const { result } = await replay(async bedrock => collect((await askStream(bedrock)).stream))
    expect(result.items.at(1)).toMatchObject({ contentBlockDelta: { delta: { text: 'a' } } })
    expect(result.error).toMatchObject({ class: 'RuntapeError', code: 'replay-miss' })
  })

  test("passes through the application's middleware around the call", async () => {
    given.fake.answer(json(converseAnswer('ok')))
    const bedrock = client()
    const seen: unknown[] = []
    bedrock.middlewareStack.add(
      next => async args => {
        const result = await next(args)
        seen.push((result.output as { stopReason?: unknown }).stopReason)
        return result
      },
      { step: 'initialize', name: 'own' },
    )
    await ask(bedrock)
    await replay(ask, { bedrock })
    expect(seen).toEqual(['end_turn', 'end_turn'])
  })
})

test("a replay shows what the application's middleware made of the answer", async () => {
  given.fake.answer(json(converseAnswer('ok')))
  const bedrock = client()
  bedrock.middlewareStack.add(
    next => async args => {
      await next(args)
      throw new Error('not good enough')
    },
    { step: 'build', name: 'own' },
  )
  const first = await converse(bedrock)
  expect((await replay(converse, { bedrock })).result).toEqual(first)
  expect(first).toMatchObject({ error: { message: 'not good enough' } })
})

describe('if the tape has no answer', () => {
  test.each([
    ['Converse', converse, ask],
    ['ConverseStream', converseStream, askStream],
  ] as const)('%s gives the error of the replay itself, at once', async (_, _see, send) => {
    const { result, waits, tape: replayed } = await replay(b => rejected(send(b)), { recorded: [] })
    expect(result).toBe(noCallLeft)
    expect(waits).toEqual([])
    expect(replayed.call).toMatchObject({ status: 'error', error: { message: noCallLeft.message } })
    expect(given.fake.requests).toEqual([])
  })

  test('because it was too large to store, the error says so', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(inTurn(json(converseAnswer('x'.repeat(2000))), stream(...textEvents('x'.repeat(2000)))))
    await converse(client())
    await converseStream(client())
    for (const [index, send] of [ask, askStream].entries()) {
      const { result } = await replay(b => rejected(send(b)), {
        recorded: tape.calls.slice(index, index + 1),
      })
      expect(result).toMatchObject({
        code: 'not-replayable',
        message: expect.stringContaining('maxPayloadBytes'),
      })
    }
  })

  test('because no response was seen, the error says so', async () => {
    const bedrock = client()
    const output = { ...converseAnswer('cached'), $metadata: {} }
    bedrock.middlewareStack.add(() => async () => ({ response: {}, output: output as never }), {
      step: 'build',
    })
    await ask(bedrock)
    expect(tape.call.metadata?.notes).toEqual([expect.stringContaining('not seen')])
    const { result } = await replay(b => rejected(ask(b)))
    expect(result).toMatchObject({ code: 'replay-miss' })
  })
})

test('a call that a replay runs is recorded as run', async () => {
  given.fake.answer(json(converseAnswer('ok')))
  const { result, tape: replayed } = await replayCalls(
    [],
    traced('test.ask', () => invoke(client())),
    'run',
  )
  expect(result).toMatchObject({ text: expect.stringContaining('ok') })
  expect(given.fake.requests).toHaveLength(1)
  expect(replayed.call).toMatchObject({ status: 'ok', replay: { mocked: false } })
})

test.each([
  ['asked at once', ask],
  ['streamed', askStream],
])(
  'a call outside of the replayed traces is refused while a replay owns the process: %s',
  async (_what, observe) => {
    given.fake.answer(json(converseAnswer('ok')))
    const counted: string[] = []
    const end = watchOutside({ mode: 'refuse', concerns: () => true, count: ({ key }) => counted.push(key) })
    try {
      expect(await rejected(observe(client()))).toMatchObject({ code: 'replay-outside' })
    } finally {
      end()
    }
    expect(counted).toHaveLength(1)
    expect(given.fake.requests).toEqual([])
    expect(tape.calls).toEqual([])
  },
)
