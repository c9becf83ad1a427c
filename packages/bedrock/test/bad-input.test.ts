import { Readable } from 'node:stream'
import {
  type BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime'
import {
  anthropicChunks,
  chunk,
  collect,
  converseAnswer,
  event,
  inTurn,
  invocation,
  json,
  outcome,
  question,
  send,
  stream,
  textEvents,
} from '@runtape/testing/bedrock'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { describe, expect, test } from 'vitest'
import { instrumentBedrock } from '../src/index.ts'
import { converse, converseStream, invoke, invokeStream } from './calls.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, raw, client } = given
const html = '<h1>Proxy</h1>'

describe('a response of the host', () => {
  test('that is HTML instead of JSON fails like in the SDK, and its text is on the tape', async () => {
    given.fake.answer(response => void response.writeHead(200, { 'content-type': 'text/html' }).end(html))
    await converse(client())
    expect(tape.call).toMatchObject({ status: 'error', error: { name: 'SyntaxError' } })
    expect(valueOf(tape.call.output)).toMatchObject({ status: 200, text: html })
  })

  test('that is HTML instead of a raw model answer has a note that it is not JSON', async () => {
    given.fake.answer(response => void response.writeHead(200, { 'content-type': 'text/html' }).end(html))
    expect(await invoke(client())).toMatchObject({ text: html })
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { notes: ['The body is not valid JSON.'] } })
    expect(valueOf(tape.call.output)).toMatchObject({ text: html })
  })

  test('without a content type is understood', async () => {
    given.fake.answer(
      inTurn(
        response => void response.writeHead(200).end(JSON.stringify(converseAnswer('ok'))),
        response => send(response, textEvents('a'), {}),
      ),
    )
    await converse(client())
    await converseStream(client())
    expect(tape.calls.map(({ status, usage }) => [status, usage?.total])).toEqual([
      ['ok', 109],
      ['ok', 109],
    ])
  })

  test.each([
    ['ends within a frame', [Buffer.concat(textEvents('a')).subarray(0, 250)]],
    ['is no event stream', [html]],
    ['has a frame with a wrong checksum', [corrupted(Buffer.concat(textEvents('a')), 120)]],
    ['has a frame of an impossible length', [...textEvents('a').slice(0, 2), Buffer.alloc(16, 0xff)]],
  ])('with a stream that %s fails as without instrumentation', async (_, pieces) => {
    given.fake.answer(response => send(response, pieces))
    const bare = await converseStream(raw())
    expect(await converseStream(client())).toEqual(bare)
    expect(bare).toMatchObject({ error: expect.anything() })
    expect(tape.call).toMatchObject({ status: 'error', error: { message: expect.any(String) } })
  })

  test('that streams events with invalid JSON fails as without instrumentation', async () => {
    given.fake.answer(stream(...textEvents('a').slice(0, 2), event('contentBlockDelta', '{"cut')))
    const bare = await converseStream(raw())
    expect(await converseStream(client())).toEqual(bare)
    expect(tape.call.status).toBe('error')
  })

  test('that streams some chunks of invalid JSON has a note, and the data of the others', async () => {
    given.fake.answer(stream(chunk('oops'), ...anthropicChunks))
    await invokeStream(client())
    expect(tape.call).toMatchObject({
      status: 'ok',
      usage: { total: 109 },
      metadata: { notes: ['A chunk of the stream is not valid JSON.'] },
    })
  })
})

function corrupted(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}

describe('a body of InvokeModel', () => {
  const text = invocation.body
  const asked = JSON.parse(text)
  const seenWith = async (bedrock: BedrockRuntimeClient, body: unknown) => {
    given.fake.answer(json({ generation: 'ok' }))
    const command = new InvokeModelCommand({ ...invocation, body: body as string })
    return { seen: await outcome(bedrock.send(command)), sent: given.fake.requests.map(one => one.text) }
  }

  test.each<[string, () => unknown, unknown]>([
    ['text', () => text, asked],
    ['bytes', () => new TextEncoder().encode(text), asked],
    ['a Buffer', () => Buffer.from(text), asked],
    ['no JSON', () => 'oops', 'oops'],
  ])('that is %s is sent unchanged, and is on the tape', async (_, body, recorded) => {
    const bare = await seenWith(raw(), body())
    expect(await seenWith(client(), body())).toEqual(bare)
    expect(valueOf(tape.call.input)).toEqual([{ ...invocation, body: recorded }])
    expect(tape.call.metadata?.notes).toBeUndefined()
  })

  // The SDK refuses all but the first.
  test.each<[string, () => unknown]>([
    ['Readable', () => Readable.from([text])],
    ['ReadableStream', () => new Blob([text]).stream()],
    ['ArrayBuffer', () => new TextEncoder().encode(text).buffer],
    ['Blob', () => new Blob([text])],
    ['FormData', () => new FormData()],
  ])(
    'that is a %s works as without instrumentation, and the span says that it was not read',
    async (kind, body) => {
      const bare = await seenWith(raw(), body())
      expect(await seenWith(client(), body())).toEqual(bare)
      expect(valueOf(tape.call.input)).toEqual([{ ...invocation, body: { unread: kind } }])
      expect(tape.call.metadata).toMatchObject({
        notes: [`The command's body is a ${kind}, which is not read.`],
      })
    },
  )
})

describe('a client', () => {
  test('whose stack is frozen can be instrumented', async () => {
    given.fake.answer(json(converseAnswer('ok')))
    const bedrock = raw()
    Object.freeze(bedrock.middlewareStack)
    expect(await converse(instrumentBedrock(bedrock))).toMatchObject({ value: { stopReason: 'end_turn' } })
    expect(tape.calls).toHaveLength(1)
  })

  test('that is frozen cannot send, as without instrumentation', () => {
    const send = (bedrock: BedrockRuntimeClient) => () => void bedrock.send(new ConverseCommand(question))
    expect(send(Object.freeze(raw()))).toThrow('Cannot delete property')
    expect(send(instrumentBedrock(Object.freeze(raw())))).toThrow('Cannot delete property')
  })

  test('that lost a part of our middleware still works', async () => {
    given.fake.answer(json(converseAnswer('ok')))
    for (const name of ['runtapeModelCalls', 'runtapeDeserializing', 'runtapeResponses']) {
      const bedrock = client()
      expect(bedrock.middlewareStack.remove(name)).toBe(true)
      expect(await converse(bedrock)).toMatchObject({ value: { stopReason: 'end_turn' } })
    }
    expect(tape.calls.map(({ status }) => status)).toEqual(['ok', 'ok'])
  })

  test('whose handler times out fails as without instrumentation', async () => {
    given.fake.answer(() => {})
    const options = () => ({
      requestHandler: new NodeHttpHandler({ requestTimeout: 100, throwOnRequestTimeout: true }),
      retryStrategy: new ConfiguredRetryStrategy(1, 1),
    })
    const bare = await converse(raw(options()))
    expect(await converse(client(options()))).toEqual(bare)
    expect(tape.call).toMatchObject({ status: 'error' })
  })
})

describe('a command', () => {
  test('that is frozen, or sent twice, is one call per send', async () => {
    given.fake.answer(json(converseAnswer('ok')))
    const command = new ConverseCommand(Object.freeze(structuredClone(question)))
    const bedrock = client()
    await bedrock.send(command)
    await bedrock.send(command)
    expect(tape.calls.map(({ status, usage }) => [status, usage?.total])).toEqual([
      ['ok', 109],
      ['ok', 109],
    ])
  })

  test('whose input changes after sending is recorded as sent', async () => {
    given.fake.answer(stream(...textEvents('a')))
    const input = structuredClone(question)
    const { stream: events } = await client().send(new ConverseStreamCommand(input))
    input.messages.length = 0
    await collect(events)
    expect(valueOf(tape.call.input)).toEqual([question])
  })
})
