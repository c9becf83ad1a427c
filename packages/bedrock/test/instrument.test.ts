import { PassThrough, Readable } from 'node:stream'
import { BedrockRuntime, type BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { replayCalls } from '@runtape/testing'
import {
  anthropicChunks,
  converseAnswer,
  failure,
  inTurn,
  json,
  question,
  stream,
  textEvents,
} from '@runtape/testing/bedrock'
import { traced } from '@runtape/trace'
import { FetchHttpHandler } from '@smithy/fetch-http-handler'
import { describe, expect, test } from 'vitest'
import { instrumentBedrock } from '../src/index.ts'
import { converse, converseStream, invoke, invokeStream } from './calls.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, raw, client } = given

test('instrumenting returns the same client, and doing it again changes nothing', async () => {
  given.fake.answer(json(converseAnswer('ok')))
  const bedrock = raw()
  expect(instrumentBedrock(instrumentBedrock(bedrock))).toBe(bedrock)
  await converse(bedrock)
  expect(tape.calls).toHaveLength(1)
})

test('the aggregated client can be instrumented', async () => {
  given.fake.answer(json(converseAnswer('ok')))
  const aggregated = instrumentBedrock(new BedrockRuntime(given.options()))
  await aggregated.converse(question)
  expect(tape.calls).toHaveLength(1)
})

test('a client that caches its handlers records each of many concurrent calls', async () => {
  given.fake.answer((response, seen, index) => json(converseAnswer(`${index}`))(response, seen, index))
  const bedrock = client({ cacheMiddleware: true })
  const answers = await Promise.all(Array.from({ length: 8 }, () => converse(bedrock)))
  const texts = tape.calls.map(({ output }) => (valueOf(output) as { body: object }).body)
  expect(texts).toHaveLength(8)
  expect(new Set(texts.map(text => JSON.stringify(text))).size).toBe(8)
  expect(answers).toHaveLength(8)
})

describe('a custom request handler', () => {
  const observe = async (bedrock: BedrockRuntimeClient) => [
    await converse(bedrock),
    await converseStream(bedrock),
    await invoke(bedrock),
    await invokeStream(bedrock),
    await converse(bedrock),
  ]
  const replies = inTurn(
    json(converseAnswer('ok')),
    stream(...textEvents('a', 'b')),
    json({ generation: 'ok' }),
    stream(...anthropicChunks),
    failure(400, 'ValidationException', 'no'),
  )

  test('of fetch works as before, recorded and replayed', async () => {
    given.fake.answer(replies)
    const options = { requestHandler: new FetchHttpHandler() }
    const before = await observe(raw(options))
    given.fake.answer(replies)
    expect(await observe(client(options))).toEqual(before)
    expect(tape.calls.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok', 'error'])
    const seeAgain = traced('test.see', () => observe(client(options)))
    const { result } = await replayCalls([...tape.calls], seeAgain)
    expect(result).toEqual(before)
  })

  const bytes = () => Buffer.from(JSON.stringify(converseAnswer('ok')))
  test.each([
    ['bytes', () => new Uint8Array(bytes())],
    ['a stream of Node', () => Readable.from([bytes().subarray(0, 9), bytes().subarray(9)])],
    ['a web stream', () => new Response(bytes()).body],
  ])('that returns %s is observed', async (_, body) => {
    const handle = async () => ({ response: Object.freeze({ statusCode: 200, headers: {}, body: body() }) })
    const bedrock = client({ requestHandler: { handle } as never })
    expect(await converse(bedrock)).toMatchObject({ value: { stopReason: 'end_turn' } })
    expect(valueOf(tape.call.output)).toMatchObject({ status: 200, body: converseAnswer('ok') })
  })

  test('that closes a stream silently breaks it, live and from the tape', async () => {
    const handle = async () => {
      const events = new PassThrough()
      events.write(Buffer.concat(textEvents('a').slice(0, 2)))
      setTimeout(() => events.destroy(), 20)
      return { response: { statusCode: 200, headers: {}, body: events } }
    }
    const bedrock = client({ requestHandler: { handle } as never })
    const first = await converseStream(bedrock)
    expect(first).toMatchObject({ error: { code: 'ERR_STREAM_PREMATURE_CLOSE' } })
    const seeAgain = traced('test.see', () => converseStream(bedrock))
    expect((await replayCalls([...tape.calls], seeAgain)).result).toEqual(first)
  })

  test('that returns an unobservable body is passed through, with a note', async () => {
    const blob = new Blob([bytes()])
    const handle = async () => ({ response: { statusCode: 200, headers: {}, body: blob } })
    const streamCollector = async (body: Blob) => new Uint8Array(await body.arrayBuffer())
    const bedrock = client({ requestHandler: { handle } as never, streamCollector: streamCollector as never })
    expect(await converse(bedrock)).toMatchObject({ value: { stopReason: 'end_turn' } })
    expect(tape.call).toMatchObject({
      status: 'ok',
      metadata: { notes: [expect.stringContaining('not seen')] },
    })
  })
})

test('a sink that throws changes nothing', async () => {
  given.fake.answer(json(converseAnswer('ok')))
  const append = () => {
    throw new Error('full')
  }
  const sink = { append, flush: async () => {}, close: async () => {} }
  given.trace({ sink, logger: { warn: () => {} } })
  expect(await converse(client())).toMatchObject({ value: { stopReason: 'end_turn' } })
})

test('a failure of the host reaches the application as the same error', async () => {
  const broken = new Error('No route to host')
  const bedrock = client({ requestHandler: { handle: () => Promise.reject(broken) } as never })
  await expect(bedrock.send(new ConverseCommand(question))).rejects.toBe(broken)
  expect(tape.call.error?.message).toBe('No route to host')
})

test.each([
  [{}, 'no middlewareStack'],
  [undefined, 'no middlewareStack'],
  [{ middlewareStack: { add: () => {} }, config: { serviceId: 'S3' } }, 'client of S3'],
])('%o is refused with the expected type', (other, reason) => {
  expect(() => instrumentBedrock(other as never)).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(reason) }),
  )
})
