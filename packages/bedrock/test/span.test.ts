import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime'
import {
  anthropicChunks,
  cacheHeaders,
  chunk,
  collect,
  converseAnswer,
  event,
  exception,
  failure,
  hang,
  inPackets,
  inTurn,
  invocation,
  invocationMetrics,
  invokeHeaders,
  json,
  question,
  reset,
  stream,
  textEvents,
  toolEvents,
  usage,
} from '@runtape/testing/bedrock'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { describe, expect, test, vi } from 'vitest'
import { converse, converseStream, invoke, invokeStream } from './calls.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const tokens = { input: 100, output: 9, total: 109, cachedInput: 64, cacheWrite: 16 }
const output = () => valueOf(tape.call.output) as Record<string, unknown>
const openStream = async (abortSignal?: AbortSignal) => {
  const { stream: events } = await client().send(
    new ConverseStreamCommand(question),
    abortSignal ? { abortSignal } : {},
  )
  return events ?? expect.fail('There is no stream.')
}

describe('a whole answer', () => {
  test('of Converse is one span with input, answer, usage, model, stop reason, latency and request id', async () => {
    given.fake.answer(json(converseAnswer('ok'), 200, { 'set-cookie': 'a=b' }))
    await converse(client())
    expect(tape.call).toMatchObject({
      key: 'bedrock.converse',
      type: 'model',
      status: 'ok',
      resultKind: 'promise',
      usage: tokens,
      model: question.modelId,
      metadata: { attempts: 1, finishReason: 'end_turn', requestId: 'req-1', latencyMs: 312 },
    })
    expect(tape.call.timeToFirstTokenMs).toBeUndefined()
    expect(valueOf(tape.call.input)).toEqual([question])
    expect(output()).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json', 'x-amzn-requestid': 'req-1' },
      body: converseAnswer('ok'),
      attempts: 1,
      totalRetryDelay: 0,
    })
  })

  test('leaves no credential on the tape', async () => {
    given.fake.answer(inTurn(json(converseAnswer('ok')), reset))
    await converse(client())
    await converse(client())
    await client({ credentials: () => Promise.reject(new Error('none')) })
      .send(new ConverseCommand(question))
      .catch(() => {})
    expect(tape.calls.map(({ status }) => status)).toEqual(['ok', 'error', 'error'])
    expect(JSON.stringify(tape.records)).not.toMatch(/the-secret|AKIDEXAMPLE|AWS4|x-amz-security/i)
  })

  test('names the model that a prompt router chose', async () => {
    const trace = { promptRouter: { invokedModelId: 'anthropic.claude-haiku' } }
    given.fake.answer(json(converseAnswer('ok', { trace })))
    await converse(client())
    expect(tape.call.model).toBe('anthropic.claude-haiku')
  })

  test.each([
    ['Anthropic', { content: [{ type: 'text', text: 'ok' }], stop_reason: 'end_turn' }, 'end_turn'],
    ['Nova', { output: { message: { content: [{ text: 'ok' }] } }, stopReason: 'end_turn' }, 'end_turn'],
    ['Llama', { generation: 'ok', stop_reason: 'stop' }, 'stop'],
    ['Titan', { results: [{ outputText: 'ok', completionReason: 'FINISH' }] }, 'FINISH'],
    ['Mistral', { outputs: [{ text: 'ok', stop_reason: 'length' }] }, 'length'],
    ['an unknown vendor', { answer: 'ok' }, undefined],
  ])('of InvokeModel of %s has its usage from the headers', async (_, answer, finishReason) => {
    given.fake.answer(json(answer, 200, { ...invokeHeaders, ...cacheHeaders }))
    await invoke(client())
    expect(tape.call).toMatchObject({
      key: 'bedrock.invoke-model',
      status: 'ok',
      usage: tokens,
      metadata: { latencyMs: 312 },
    })
    expect(tape.call.metadata?.finishReason).toBe(finishReason)
    expect(output()).toMatchObject({ body: answer })
  })

  test.each([
    [
      'Anthropic',
      {
        usage: {
          input_tokens: 20,
          output_tokens: 9,
          cache_read_input_tokens: 64,
          cache_creation_input_tokens: 16,
        },
      },
    ],
    ['Nova', { usage: { ...usage, cacheReadInputTokens: undefined, cacheReadInputTokenCount: 64 } }],
    ['Llama', { prompt_token_count: 100, generation_token_count: 9 }],
    ['Titan', { inputTextTokenCount: 100, results: [{ tokenCount: 9 }] }],
  ])('of InvokeModel of %s has its usage from the body where no header tells', async (_, answer) => {
    given.fake.answer(json(answer))
    await invoke(client())
    expect(tape.call.usage).toMatchObject({ input: 100, output: 9, total: 109 })
  })

  test.each([
    ['text', invocation.body],
    ['bytes', Buffer.from(invocation.body)],
  ])('of InvokeModel has the JSON of the body as its input, sent as %s', async (_, sent) => {
    given.fake.answer(json({}))
    await client().send(new InvokeModelCommand({ ...invocation, body: sent }))
    expect(valueOf(tape.call.input)).toEqual([{ ...invocation, body: JSON.parse(invocation.body) }])
  })

  test('that is no text is kept as it is, with a note', async () => {
    given.fake.answer(response => void response.writeHead(200).end(Buffer.from([0, 255])))
    await invoke(client())
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { notes: ['The body is not JSON.'] } })
    expect(output()).toMatchObject({ base64: 'AP8=' })
  })

  test('that is larger than is kept is left out, and its usage known all the same', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(json(converseAnswer('x'.repeat(2000))))
    await converse(client())
    expect(tape.call.output).toMatchObject({ json: 'null', truncated: expect.any(Number) })
    expect(tape.call.usage).toEqual(tokens)
  })
})

describe('a stream', () => {
  test('of Converse is one span with its bytes, the message they add up to, and usage', async () => {
    const frames = textEvents('Halb ', 'zwölf')
    given.fake.answer(stream(...frames))
    await converseStream(client())
    expect(tape.call).toMatchObject({
      key: 'bedrock.converse-stream',
      status: 'ok',
      usage: tokens,
      timeToFirstTokenMs: expect.any(Number),
      metadata: { attempts: 1, finishReason: 'end_turn', requestId: 'req-1', latencyMs: 312 },
    })
    const { chunks, ...rest } = output()
    expect(Buffer.concat((chunks as string[]).map(one => Buffer.from(one, 'base64')))).toEqual(
      Buffer.concat(frames),
    )
    expect(rest).toEqual({
      status: 200,
      headers: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'req-1' },
      message: { role: 'assistant', content: [{ text: 'Halb zwölf' }] },
      usage,
      attempts: 1,
      totalRetryDelay: 0,
    })
  })

  test('adds tool calls and reasoning up', async () => {
    const reasoning = { contentBlockIndex: 5, delta: { reasoningContent: { text: 'hm' } } }
    given.fake.answer(stream(event('contentBlockDelta', reasoning), ...toolEvents))
    await converseStream(client())
    const tool = { toolUse: { name: 'weather', toolUseId: 'tool-1', input: { city: 'Bern' } } }
    expect(output().message).toEqual({
      role: 'assistant',
      content: [{ reasoningContent: { reasoningText: { text: 'hm' } } }, { text: 'Let me look.' }, tool],
    })
    expect(tape.call.metadata?.finishReason).toBe('tool_use')
  })

  test.each([
    ['Anthropic', anthropicChunks],
    [
      'Nova',
      [
        chunk({ messageStart: { role: 'assistant' } }),
        chunk({ contentBlockDelta: { delta: { text: 'Halb ' } } }),
        chunk({ contentBlockDelta: { delta: { text: 'zwölf.' } } }),
        chunk({ messageStop: { stopReason: 'end_turn' } }),
        chunk({
          metadata: { usage: { inputTokens: 1 } },
          'amazon-bedrock-invocationMetrics': invocationMetrics,
        }),
      ],
    ],
    [
      'Llama',
      [
        chunk({ generation: 'Halb ', prompt_token_count: 20, generation_token_count: 1, stop_reason: null }),
        chunk({
          generation: 'zwölf.',
          generation_token_count: 2,
          stop_reason: 'end_turn',
          'amazon-bedrock-invocationMetrics': invocationMetrics,
        }),
      ],
    ],
    [
      'Titan',
      [
        chunk({ outputText: 'Halb ', index: 0, completionReason: null }),
        chunk({
          outputText: 'zwölf.',
          completionReason: 'end_turn',
          'amazon-bedrock-invocationMetrics': invocationMetrics,
        }),
      ],
    ],
  ])('of InvokeModel of %s has its text, usage and stop reason', async (_, chunks) => {
    given.fake.answer(stream(...chunks))
    await invokeStream(client())
    expect(tape.call).toMatchObject({
      key: 'bedrock.invoke-model-stream',
      status: 'ok',
      usage: tokens,
      timeToFirstTokenMs: expect.any(Number),
      metadata: { finishReason: 'end_turn', latencyMs: 312 },
    })
    expect(output()).toMatchObject({ message: 'Halb zwölf.' })
  })

  test('of InvokeModel of an unknown vendor has its usage from the metrics', async () => {
    given.fake.answer(
      stream(chunk({ a: 1 }), chunk({ b: 2, 'amazon-bedrock-invocationMetrics': invocationMetrics })),
    )
    await invokeStream(client())
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens })
  })

  test('counts the time to the first content, not to the first event', async () => {
    const [start = Buffer.of(), ...rest] = textEvents('a')
    given.fake.answer(async response => {
      response.writeHead(200).write(start)
      await new Promise(resolve => setTimeout(resolve, 80))
      response.end(Buffer.concat(rest))
    })
    await converseStream(client())
    expect(tape.call.timeToFirstTokenMs).toBeGreaterThan(60)
    expect(tape.call.timeToFirstTokenMs).toBeLessThanOrEqual(tape.call.durationMs)
  })

  test('that is larger than is kept is left out, and its usage known all the same', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(stream(...textEvents(...Array.from({ length: 20 }, () => 'x'.repeat(100)))))
    await converseStream(client())
    expect(tape.call.output).toMatchObject({ json: 'null', truncated: expect.any(Number) })
    expect(tape.call.usage).toEqual(tokens)
  })

  test('that is left early is cancelled, with what was read', async () => {
    given.fake.answer(hang(...textEvents('a', 'b').slice(0, 2)))
    for await (const item of await openStream()) if (item.contentBlockDelta) break
    expect(tape.call).toMatchObject({ status: 'cancelled' })
    expect(output()).toMatchObject({ message: { content: [{ text: 'a' }] } })
  })

  test('that is left after its metadata is complete', async () => {
    given.fake.answer(stream(...textEvents('a')))
    for await (const item of await openStream()) if (item.metadata) break
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens })
  })

  test('that is aborted and not read any more is cancelled', async () => {
    given.fake.answer(hang(...textEvents('a').slice(0, 2)))
    const controller = new AbortController()
    const events = await openStream(controller.signal)
    controller.abort()
    await vi.waitFor(() => expect(tape.call.status).toBe('cancelled'))
    expect(events).toBeDefined()
  })

  test('that nobody reads is abandoned', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    given.fake.answer(hang(...textEvents('a').slice(0, 2)))
    await (async () => void (await openStream()))()
    await vi.waitFor(
      () => {
        collectGarbage()
        expect(tape.call.status).toBe('abandoned')
      },
      { timeout: 5000 },
    )
  })

  test('that is still read slowly does not pass for abandoned', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    given.fake.answer(inPackets(60, ...textEvents('a', 'b', 'c')))
    for await (const _ of await openStream()) {
      await new Promise(resolve => setTimeout(resolve, 5))
      collectGarbage()
    }
    expect(tape.call.status).toBe('ok')
  })

  test('that breaks off with an exception is an error of its class', async () => {
    given.fake.answer(
      stream(...textEvents('a').slice(0, 2), exception('modelStreamErrorException', 'overloaded')),
    )
    await converseStream(client())
    expect(tape.call).toMatchObject({
      status: 'error',
      error: { name: 'ModelStreamErrorException', message: 'overloaded' },
    })
  })
})

describe('a failure', () => {
  test('after retries is one span with the last answer and the number of attempts', async () => {
    given.fake.answer(failure(429, 'ThrottlingException', 'slow down'))
    await converse(client())
    expect(tape.call).toMatchObject({
      status: 'error',
      error: { name: 'ThrottlingException', message: 'slow down' },
      metadata: { attempts: 3, requestId: 'req-1' },
    })
    expect(output()).toMatchObject({ status: 429, body: { message: 'slow down' }, attempts: 3 })
  })

  test('without an answer has no recorded status', async () => {
    given.fake.answer(inTurn(failure(500, 'InternalServerException', 'one'), reset))
    await converse(client())
    expect(tape.call.status).toBe('error')
    expect(tape.call.metadata).toEqual({ attempts: 3 })
    expect(output()).not.toHaveProperty('status')
  })

  test('that the application brought about is a cancellation', async () => {
    given.fake.answer(() => {})
    const abortSignal = AbortSignal.timeout(20)
    await client()
      .send(new ConverseCommand(question), { abortSignal })
      .catch(() => {})
    expect(tape.call).toMatchObject({ status: 'cancelled' })
    expect(tape.call.error).toBeUndefined()
  })

  test('while the SDK waits to try again is a cancellation, not the failure before', async () => {
    given.fake.answer(failure(429, 'ThrottlingException', 'slow down'))
    const bedrock = client({ retryStrategy: new ConfiguredRetryStrategy(2, 200) })
    const abortSignal = AbortSignal.timeout(60)
    await bedrock.send(new ConverseCommand(question), { abortSignal }).catch(() => {})
    expect(tape.call).toMatchObject({ status: 'cancelled', metadata: { attempts: 1 } })
    expect(output()).not.toHaveProperty('status')
  })
})

test('a stream of InvokeModel that is collected twice ends once', async () => {
  given.fake.answer(stream(...anthropicChunks))
  const { body: events } = await client().send(new InvokeModelWithResponseStreamCommand(invocation))
  await collect(events)
  await collect(events)
  expect(tape.calls).toHaveLength(1)
})
