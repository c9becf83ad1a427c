import { replayCalls } from '@runtape/testing'
import {
  collect,
  completion,
  json,
  question,
  sse,
  streamed,
  textAs,
  textChunks,
  usage,
} from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape } = given
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }

const readStream = async (client = given.client()) => collect(await client.chat.completions.create(streamed))
const failed = JSON.stringify({ error: { message: 'Model overloaded', code: 'overloaded' } })
const whole = JSON.stringify(completion('Noon.'))
const types = ['application/json', 'text/event-stream', 'text/plain']

describe.each(types)('a streaming request that is answered as %s', type => {
  test.each([
    ['in one line', failed],
    ['on several lines', JSON.stringify(JSON.parse(failed), null, 2)],
    ['with a blank line after it', `${failed}\n\n`],
    ['with blanks before it', `\n  ${failed}`],
  ])('that is a JSON error %s has failed with it', async (_, text) => {
    given.fake.answer(textAs(text, type))
    const bare = await readStream(given.raw()).catch(String)
    expect(await readStream().catch(String)).toEqual(bare)
    expect(tape.call).toMatchObject({ status: 'error', error: { message: 'Model overloaded' } })
  })

  test('a whole JSON answer has its usage, model and finish reason', async () => {
    given.fake.answer(textAs(whole, type))
    const bare = await readStream(given.raw())
    expect(await readStream()).toEqual(bare)
    expect(tape.call).toMatchObject({
      status: 'ok',
      usage: tokens,
      model: 'gpt-test-2026',
      metadata: { finishReason: 'stop' },
    })
    expect(valueOf(tape.call.output)).toMatchObject({ body: completion('Noon.'), layout: { indent: 0 } })
  })

  test.each([
    ['nothing', ''],
    ['comments alone', ': waiting\n\n: waiting\n\n'],
  ])('%s has failed', async (_, text) => {
    given.fake.answer(textAs(text, type))
    const bare = await readStream(given.raw())
    expect(await readStream()).toEqual(bare)
    expect(tape.call).toMatchObject({
      status: 'error',
      error: { message: 'The model host answered 200 with an empty body.' },
    })
  })
})

describe('an answer of an unexpected form', () => {
  test('is billed in its run', async () => {
    const tracker = createTracker({ configKey: 'support', sink: tape })
    given.fake.answer(textAs(whole, 'text/event-stream'))
    await tracker.run(() => readStream())
    expect(tracker.getSummary().tokens).toEqual(tokens)
    const failing = createTracker({ configKey: 'support', sink: tape })
    given.fake.answer(textAs(failed, 'text/event-stream'))
    await failing.run(() => readStream())
    expect(
      tape.events.filter(({ metric }) => metric.startsWith('call:')).map(({ value }) => value),
    ).toMatchObject([
      { status: 'success', usage: tokens },
      { status: 'error', error: { message: 'Model overloaded' } },
    ])
  })

  test.each([whole, failed, ''])('is served in a replay: %j', async text => {
    given.fake.answer(textAs(text, 'text/event-stream'))
    const live = await readStream()
    const again = traced('test.ask', () => readStream())
    const { result, tape: replayed } = await replayCalls([tape.call], again)
    expect(result).toEqual(live)
    expect(replayed.call.status).toBe(tape.call.status)
  })

  test('is read even if no span is kept', async () => {
    given.trace({ sampleTraces: () => false } as never)
    const tracker = createTracker({ configKey: 'support', sink: tape })
    given.fake.answer(textAs(whole, 'text/event-stream'))
    await tracker.run(() => readStream())
    expect(tracker.getSummary().tokens).toEqual(tokens)
  })

  test('that is text but not JSON is stored as text, with a note', async () => {
    given.fake.answer(textAs('<h1>Bad gateway</h1>', 'text/html'))
    await readStream()
    expect(valueOf(tape.call.output)).toMatchObject({ text: '<h1>Bad gateway</h1>' })
    expect(tape.call.metadata?.notes).toContain('The body is not valid JSON.')
    expect(tape.call.usage).toBeUndefined()
  })

  test('with events instead of one answer has its usage', async () => {
    const chunks = [...textChunks('Noon.'), { id: 'c', choices: [], model: 'gpt-test-2026', usage }]
    const text = `${chunks.map(one => `data: ${JSON.stringify(one)}\n\n`).join('')}data: [DONE]\n\n`
    given.fake.answer(response => void response.writeHead(200, sse).end(text))
    const bare = await given.raw().chat.completions.create(question)
    expect(await given.client().chat.completions.create(question)).toEqual(bare)
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, model: 'gpt-test-2026' })
  })

  test('that is empty has failed, except for a text transcription', async () => {
    given.fake.answer(textAs('', 'text/plain'))
    await given.client().chat.completions.create(question)
    expect(tape.call).toMatchObject({ status: 'error' })
    tape.clear()
    const file = new File(['x'], 'x.wav')
    await given.client().audio.transcriptions.create({ file, model: 'whisper-1', response_format: 'text' })
    expect(tape.call).toMatchObject({ status: 'ok' })
  })

  test('with an error in the format of some local servers has failed', async () => {
    given.fake.answer(json({ object: 'error', message: 'No such model', type: 'NotFoundError', code: 404 }))
    await given.client().chat.completions.create(question)
    expect(tape.call).toMatchObject({ status: 'error', error: { message: 'No such model' } })
  })

  test('of the responses API to a streaming request has its usage', async () => {
    const input = { model: 'gpt-test', input: 'Time?', stream: true } as const
    given.fake.answer(
      json({ id: 'r', object: 'response', status: 'completed', model: 'm', output: [], usage }),
    )
    await collect(await given.client().responses.create(input))
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, model: 'm' })
  })
})
