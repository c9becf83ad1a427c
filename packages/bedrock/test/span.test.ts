import { ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime'
import {
  cacheHeaders,
  converseAnswer,
  failure,
  inTurn,
  invocation,
  invokeHeaders,
  json,
  question,
  reset,
  usage,
} from '@runtape/testing/bedrock'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { describe, expect, test } from 'vitest'
import { converse, invoke } from './calls.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const tokens = { input: 100, output: 9, total: 109, cachedInput: 64, cacheWrite: 16 }
const output = () => valueOf(tape.call.output) as Record<string, unknown>

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

  test('that a guardrail stopped has that stop reason, with its trace', async () => {
    const trace = { guardrail: { actionReason: 'Guardrail blocked.', inputAssessment: {} } }
    given.fake.answer(json(converseAnswer('No.', { stopReason: 'guardrail_intervened', trace })))
    await converse(client())
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { finishReason: 'guardrail_intervened' } })
    expect(output()).toMatchObject({ body: { trace } })
  })

  test('that calls a tool has the call in its answer', async () => {
    const toolUse = { toolUseId: 'tool-1', name: 'weather', input: { city: 'Bern' } }
    given.fake.answer(json(converseAnswer([{ text: 'Look.' }, { toolUse }], { stopReason: 'tool_use' })))
    await converse(client())
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { finishReason: 'tool_use' } })
    expect(output()).toMatchObject({
      body: { output: { message: { content: [{ text: 'Look.' }, { toolUse }] } } },
    })
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
  ])('of InvokeModel of %s has its usage from the body if no header has it', async (_, answer) => {
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

  test('that is not text is stored unchanged, with a note', async () => {
    given.fake.answer(response => void response.writeHead(200).end(Buffer.from([0, 255])))
    await invoke(client())
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { notes: ['The body is not valid JSON.'] } })
    expect(output()).toMatchObject({ base64: 'AP8=' })
  })

  test('that exceeds the size limit is left out, but its usage is known', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(json(converseAnswer('x'.repeat(2000))))
    await converse(client())
    expect(tape.call.output).toMatchObject({ json: 'null', truncated: expect.any(Number) })
    expect(tape.call.usage).toEqual(tokens)
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

  test('that the application caused is a cancellation', async () => {
    given.fake.answer(() => {})
    const abortSignal = AbortSignal.timeout(20)
    await client()
      .send(new ConverseCommand(question), { abortSignal })
      .catch(() => {})
    expect(tape.call).toMatchObject({ status: 'cancelled' })
    expect(tape.call.error).toBeUndefined()
  })

  test("during the SDK's retry wait is a cancellation, not the earlier failure", async () => {
    given.fake.answer(failure(429, 'ThrottlingException', 'slow down'))
    const bedrock = client({ retryStrategy: new ConfiguredRetryStrategy(2, 200) })
    const abortSignal = AbortSignal.timeout(60)
    await bedrock.send(new ConverseCommand(question), { abortSignal }).catch(() => {})
    expect(tape.call).toMatchObject({ status: 'cancelled', metadata: { attempts: 1 } })
    expect(output()).not.toHaveProperty('status')
  })
})
