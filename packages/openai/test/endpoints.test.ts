import {
  breakAfter,
  usage as chatUsage,
  collect,
  json,
  named,
  response,
  responseEvents,
  send,
  sendEvents,
  sse,
  streamResponse,
} from '@runtape/testing/openai'
import { createTracker } from '@runtape/tracker'
import { expect, test } from 'vitest'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
const question = { model: 'gpt-test', input: 'Wie spät ist es?' }
const output = () => valueOf(tape.call.output) as Record<string, unknown>

test('a response is one span with request, answer, usage, model, finish reason and request id', async () => {
  given.fake.answer(json(response('Halb zwölf.')))
  await client().responses.create(question)
  expect(tape.call).toMatchObject({
    key: 'openai.responses',
    type: 'model',
    status: 'ok',
    usage: tokens,
    model: 'gpt-test-2026',
    metadata: { attempts: 1, finishReason: 'completed', requestId: 'req_1' },
  })
  expect(valueOf(tape.call.input)).toEqual([question])
  expect(output()).toMatchObject({ status: 200, body: response('Halb zwölf.') })
})

test('an incomplete response has its reason', async () => {
  const incomplete_details = { reason: 'max_output_tokens' }
  given.fake.answer(json(response('Halb', { status: 'incomplete', incomplete_details })))
  await client().responses.create(question)
  expect(tape.call).toMatchObject({ status: 'ok', metadata: { finishReason: 'max_output_tokens' } })
})

test('a failed response is an error, streamed or not', async () => {
  const failed = { status: 'failed', error: { code: 'server_error', message: 'no luck' } }
  given.fake.answer((reply, seen, index) =>
    seen.body.stream
      ? send(reply, responseEvents(['a'], failed))
      : json(response('', failed))(reply, seen, index),
  )
  await client().responses.create(question)
  await collect(await client().responses.create({ ...question, stream: true }))
  for (const call of tape.calls)
    expect(call).toMatchObject({ status: 'error', error: { message: 'no luck' }, usage: tokens })
})

test('a streamed response has its items, usage and time to first text', async () => {
  given.fake.answer(streamResponse('Halb ', 'zwölf.'))
  await collect(await client().responses.create({ ...question, stream: true }))
  expect(tape.call).toMatchObject({
    status: 'ok',
    usage: tokens,
    timeToFirstTokenMs: expect.any(Number),
    metadata: { finishReason: 'completed' },
  })
  const { output: items } = response('Halb zwölf.') as { output: unknown }
  expect(output()).toMatchObject({ events: responseEvents(['Halb ', 'zwölf.']), output: items })
  expect(given.fake.requests[0]?.body).not.toHaveProperty('stream_options')
})

test('a streamed response that breaks keeps the text received so far', async () => {
  given.fake.answer(breakAfter(...responseEvents(['Halb ', 'zwölf.']).slice(0, 6)))
  await collect(await client().responses.create({ ...question, stream: true }))
  expect(tape.call).toMatchObject({ status: 'error' })
  expect(output()).toMatchObject({ broken: true, output: [{ content: [{ text: 'Halb zwölf.' }] }] })
})

test('a streamed response that is left after its last event is complete', async () => {
  given.fake.answer(reply => {
    reply.writeHead(200, sse)
    for (const event of responseEvents(['a'])) reply.write(event)
  })
  const stream = await client().responses.create({ ...question, stream: true })
  for await (const event of stream) if (event.type === 'response.completed') break
  expect(tape.call).toMatchObject({ status: 'ok', usage: tokens })
})

test('an error event in a stream is an error, also for a run without spans', async () => {
  given.trace()
  const error = { type: 'error', code: 'overloaded', message: 'busy' }
  given.fake.answer(sendEvents(error))
  const run = createTracker({ sink: tape, configKey: 'test' })
  await run.run(async () => collect(await client().responses.create({ ...question, stream: true })))
  expect(tape.call).toMatchObject({ status: 'error', error: { message: 'busy' } })
  expect(tape.events.find(({ metric }) => metric.startsWith('call:'))?.value).toMatchObject({
    status: 'error',
  })
})

test('embeddings, moderations and completions have spans with separate keys', async () => {
  const usage = { prompt_tokens: 5, total_tokens: 5 }
  const data = [{ object: 'embedding', index: 0, embedding: [0.5] }]
  given.fake.answer(
    json({
      object: 'list',
      model: 'm-1',
      data,
      usage,
      results: [],
      choices: [{ text: 'a', finish_reason: 'stop' }],
    }),
  )
  const openai = client()
  await openai.embeddings.create({ model: 'm', input: 'x', encoding_format: 'float' })
  await openai.moderations.create({ input: 'x' })
  await openai.completions.create({ model: 'm', prompt: 'x' })
  expect(tape.calls.map(({ key, model, usage: known }) => [key, model, known?.total])).toEqual([
    ['openai.embeddings', 'm-1', 5],
    ['openai.moderations', 'm-1', 5],
    ['openai.completions', 'm-1', 5],
  ])
  expect(tape.calls[2]?.metadata).toMatchObject({ finishReason: 'stop' })
})

test('usage is requested for a streamed completion and hidden from the application', async () => {
  const chunk = (text: string) => ({
    id: 'c',
    object: 'text_completion',
    choices: [{ index: 0, text, finish_reason: null }],
  })
  const last = { id: 'c', choices: [], usage: chatUsage }
  given.fake.answer(reply =>
    send(
      reply,
      [...[chunk('a'), chunk('b'), last].map(one => JSON.stringify(one)), '[DONE]'].map(
        one => `data: ${one}\n\n`,
      ),
    ),
  )
  const { items } = await collect(
    await client().completions.create({ model: 'm', prompt: 'x', stream: true }),
  )
  expect(items).toHaveLength(2)
  expect(tape.call).toMatchObject({ usage: tokens, timeToFirstTokenMs: expect.any(Number) })
  expect(output()).toMatchObject({ choices: [{ text: 'ab', finish_reason: null }] })
})

test('the tape has the name, type and size of a sent file', async () => {
  given.fake.answer(
    json({ text: 'Hallo', usage: { type: 'tokens', input_tokens: 14, output_tokens: 2, total_tokens: 16 } }),
  )
  const file = new File(['RIFF'], 'a.wav', { type: 'audio/wav' })
  await client().audio.transcriptions.create({ model: 'whisper', file, language: 'de' })
  expect(valueOf(tape.call.input)).toEqual([
    { file: { file: 'a.wav', type: 'audio/wav', bytes: 4 }, model: 'whisper', language: 'de' },
  ])
  expect(tape.call).toMatchObject({
    key: 'openai.audio.transcriptions',
    model: 'whisper',
    usage: { input: 14, output: 2, total: 16 },
  })
})

test('a streamed transcription has its usage', async () => {
  const usage = { type: 'tokens', input_tokens: 14, output_tokens: 2, total_tokens: 16 }
  given.fake.answer(reply =>
    send(reply, [
      named({ type: 'transcript.text.delta', delta: 'Hal' }),
      named({ type: 'transcript.text.done', text: 'Hallo', usage }),
    ]),
  )
  const file = new File(['RIFF'], 'a.wav')
  await collect(await client().audio.transcriptions.create({ model: 'm', file, stream: true }))
  expect(tape.call).toMatchObject({ usage: { total: 16 }, timeToFirstTokenMs: expect.any(Number) })
  expect(output()).toMatchObject({ output: 'Hallo' })
})

test('a plain-text transcription is stored as text, without a note', async () => {
  given.fake.answer(reply => void reply.writeHead(200, { 'content-type': 'text/plain' }).end('Hallo\n'))
  const file = new File(['RIFF'], 'a.wav')
  await client().audio.transcriptions.create({ model: 'm', file, response_format: 'text' })
  expect(output()).toMatchObject({ text: 'Hallo\n' })
  expect(tape.call.metadata).not.toHaveProperty('notes')
})

test('speech is one span with its size and without its bytes', async () => {
  given.fake.answer(
    reply => void reply.writeHead(200, { 'content-type': 'audio/mpeg' }).end(Buffer.alloc(5000, 7)),
  )
  const spoken = await client().audio.speech.create({ model: 'tts', voice: 'alloy', input: 'Hallo' })
  expect((await spoken.arrayBuffer()).byteLength).toBe(5000)
  expect(tape.call).toMatchObject({ key: 'openai.audio.speech', status: 'ok', model: 'tts' })
  expect(output()).toEqual({ status: 200, headers: { 'content-type': 'audio/mpeg' }, bytes: 5000 })
})

test('images have their usage', async () => {
  const usage = { input_tokens: 7, output_tokens: 90, total_tokens: 97 }
  given.fake.answer(json({ created: 1, data: [{ b64_json: 'aGk=' }], usage }))
  await client().images.generate({ model: 'gpt-image', prompt: 'A clock' })
  expect(tape.call).toMatchObject({
    key: 'openai.images.generations',
    usage: { total: 97 },
    model: 'gpt-image',
  })
})
