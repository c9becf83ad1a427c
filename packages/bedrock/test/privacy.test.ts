import { ConverseCommand, ConverseStreamCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime'
import { replayCalls } from '@runtape/testing'
import {
  anthropicChunks,
  chunk,
  collect,
  converseAnswer,
  event,
  failure,
  inTurn,
  invocation,
  invokeHeaders,
  json,
  question,
  stream,
  textEvents,
  usage,
} from '@runtape/testing/bedrock'
import { traced } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { converse, converseStream, invoke, invokeStream } from './calls.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client, trace } = given
const secret = 's3cret'

describe('the record of a model call', () => {
  test('has no request or answer if inputs and outputs are not captured', async () => {
    trace({ capture: { input: false, output: false } })
    given.fake.answer(
      inTurn(
        json(converseAnswer(secret)),
        stream(...textEvents(secret)),
        json({ generation: secret }, 200, invokeHeaders),
        stream(...anthropicChunks),
        failure(400, 'ValidationException', secret),
      ),
    )
    for (const ask of [converse, converseStream, invoke, invokeStream, converse]) await ask(client())
    expect(tape.calls).toHaveLength(5)
    for (const { input, output, model } of tape.calls) {
      for (const payload of [input, output])
        expect(payload).toEqual({ json: '"[redacted]"', redacted: ['$'] })
      expect(model).toBeDefined()
    }
    expect(tape.calls.slice(0, 4).every(call => call.usage)).toBe(true)
  })

  test('is redacted by the hook in the request, a whole answer and a stream', async () => {
    const hide = (_path: string, value: unknown) =>
      typeof value === 'string' && value.includes(secret) ? 'hidden' : value
    trace({ redact: hide })
    const messages = [{ role: 'user' as const, content: [{ text: secret }] }]
    given.fake.answer(inTurn(json(converseAnswer(`a ${secret}`)), stream(...textEvents('a s3', 'cret'))))
    await client().send(new ConverseCommand({ ...question, messages }))
    await collect((await client().send(new ConverseStreamCommand({ ...question, messages }))).stream)
    expect(tape.calls).toHaveLength(2)
    for (const { input, output } of tape.calls) {
      expect(JSON.stringify([input, readable(output)])).not.toMatch(/s3|cret/)
      expect(JSON.stringify([valueOf(input), valueOf(output)])).toContain('hidden')
    }
  })

  test('holds no secret of tool arguments, in calls and in results', async () => {
    const toolUse = { toolUseId: 'tool-1', name: 'log_in', input: { password: secret } }
    given.fake.answer(json(converseAnswer([{ toolUse }], { stopReason: 'tool_use' })))
    const messages = [{ role: 'assistant' as const, content: [{ toolUse }] }]
    await client().send(new ConverseCommand({ ...question, messages }))
    expect(JSON.stringify(tape.call)).not.toContain(secret)
    expect(tape.call.input.redacted).toEqual(['$[0].messages[0].content[0].toolUse.input.password'])
  })

  test("holds no secret of a vendor's JSON, in requests and responses", async () => {
    given.fake.answer(json({ generation: 'ok', metadata: { api_key: secret } }, 200, invokeHeaders))
    const body = JSON.stringify({ prompt: 'x', authorization: `Bearer ${secret}` })
    const { body: answer } = await client().send(new InvokeModelCommand({ ...invocation, body }))
    expect(answer.transformToString()).toContain(secret)
    expect(JSON.stringify(tape.records)).not.toContain(secret)
  })

  test("holds no secret of tool arguments in a vendor's stream", async () => {
    const delta = (index: number, part: object) => chunk({ type: 'content_block_delta', index, delta: part })
    given.fake.answer(
      stream(
        delta(0, { type: 'text_delta', text: 'I log ' }),
        delta(0, { type: 'text_delta', text: 'in.' }),
        delta(1, { type: 'input_json_delta', partial_json: '{"password":"s3' }),
        delta(1, { type: 'input_json_delta', partial_json: 'cret"}' }),
      ),
    )
    expect(JSON.stringify(await invokeStream(client()))).toContain('cret')
    expect(JSON.stringify(readable(tape.call.output))).not.toContain('cret')
    expect(valueOf(tape.call.output)).toMatchObject({ message: ['I log in.', expect.any(String)] })
  })

  test('holds no request headers, and only informative response headers', async () => {
    const headers = { 'set-cookie': secret, authorization: secret, 'x-internal': secret }
    given.fake.answer(inTurn(json(converseAnswer('ok'), 200, headers), failure(500, 'X', 'no', headers)))
    const bedrock = client({
      credentials: { accessKeyId: secret, secretAccessKey: secret, sessionToken: secret },
    })
    bedrock.middlewareStack.add(
      next => args => {
        Object.assign((args.request as { headers: object }).headers, { 'x-own': secret, cookie: secret })
        return next(args)
      },
      { step: 'build' },
    )
    await converse(bedrock)
    await converse(bedrock)
    expect(given.fake.requests[0]?.headers).toMatchObject({ 'x-own': secret, cookie: secret })
    expect(tape.calls.map(({ status }) => status)).toEqual(['ok', 'error'])
    expect(JSON.stringify(tape.records)).not.toContain(secret)
  })

  test('holds no secret of streamed tool arguments, and none of their bytes', async () => {
    const start = { toolUse: { name: 'log_in', toolUseId: 'tool-1' } }
    const deltas = ['{"password":"s3', 'cret"}'].map(input => ({ toolUse: { input } }))
    given.fake.answer(
      stream(
        event('contentBlockStart', { contentBlockIndex: 0, start }),
        ...deltas.map(delta => event('contentBlockDelta', { contentBlockIndex: 0, delta })),
        event('metadata', { usage, metrics: {} }),
      ),
    )
    const seen = await converseStream(client())
    expect(JSON.stringify(seen)).toContain('cret')
    expect(JSON.stringify(readable(tape.call.output))).not.toContain('cret')
    expect(valueOf(tape.call.output)).toMatchObject({ withheld: true, usage, message: expect.anything() })
    const { result } = await replayCalls(
      tape.calls,
      traced('test.ask', () => client().send(new ConverseStreamCommand(question)).catch(String)),
    )
    expect(result).toContain('The recorded model stream contained redacted values')
  })
})

/** An output with the bytes of its stream as text. */
function readable(output: Parameters<typeof valueOf>[0]): unknown {
  const { chunks, ...rest } = valueOf(output) as { chunks?: unknown }
  const bytes = Array.isArray(chunks) ? chunks.map(one => Buffer.from(String(one), 'base64').toString()) : []
  return [rest, bytes]
}
