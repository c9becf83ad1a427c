import { eventText } from '@runtape/provider/http'
import {
  breakAfter,
  call,
  chunks,
  collect,
  errorOf,
  event,
  events,
  hang,
  question,
  send,
  stream,
  text,
  thought,
} from '@runtape/testing/google'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { googleFetch } from '../src/index.ts'
import { setUp, tokens } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const read = async () => collect(await client().models.generateContentStream(question))
const output = () => valueOf(tape.call.output) as { message: object; events: unknown[] }

describe('a stream', () => {
  test('is one span with its events, their aggregate, and the usage of the last one', async () => {
    given.fake.answer(stream(...chunks(text('Halb '), text('zwölf'))))
    await read()
    expect(tape.call).toMatchObject({
      key: 'google.generate-content',
      status: 'ok',
      usage: tokens,
      model: 'gemini-test-2026',
      timeToFirstTokenMs: expect.any(Number),
      metadata: { attempts: 1, finishReason: 'STOP' },
    })
    expect(tape.call.metadata).not.toHaveProperty('notes')
    expect(output().message).toEqual({ role: 'model', parts: [text('Halb zwölf')], finishReason: 'STOP' })
  })

  test('aggregates thoughts, text and function calls separately', async () => {
    const signed = { ...call('weather', { city: 'Bern' }), thoughtSignature: 'c2ln' }
    given.fake.answer(
      stream(...chunks(thought('Die '), thought('Uhr'), text('O'), text('k.'), signed, text(''))),
    )
    await read()
    const parts = [thought('Die Uhr'), text('Ok.'), signed, text('')]
    expect(output()).toMatchObject({ message: { parts } })
  })

  test('of several candidates keeps them separate', async () => {
    const candidate = (index: number, words: string) => ({
      content: { parts: [text(words)], role: 'model' },
      index,
    })
    const all = [
      { candidates: [candidate(0, 'a'), candidate(1, 'x')] },
      { candidates: [candidate(1, 'y'), { ...candidate(0, 'b'), finishReason: 'STOP' }] },
    ]
    given.fake.answer(stream(...all))
    await read()
    expect(output()).toMatchObject({ choices: [{ parts: [text('ab')] }, { parts: [text('xy')] }] })
  })

  test('is recorded as the exact text that the application saw', async () => {
    given.fake.answer(stream(...chunks(text('ä'), text('€'))))
    const url = `${given.fake.url}/v1beta/models/m:streamGenerateContent?alt=sse`
    const body = await (await googleFetch()(url, { method: 'POST', body: '{}' })).text()
    expect(output().events.map(eventText).join('')).toBe(body)
  })

  test('without alt=sse is a list, with the usage of its last element', async () => {
    given.fake.answer(
      response => void response.writeHead(200).end(JSON.stringify(chunks(text('a'), text('b')))),
    )
    const url = `${given.fake.url}/v1beta/models/m:streamGenerateContent`
    await (await googleFetch()(url, { method: 'POST', body: '{}' })).text()
    expect(tape.call).toMatchObject({ usage: tokens, metadata: { finishReason: 'STOP' } })
  })

  test('has the same usage if it is not stored, and in a run without tracing', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(stream(...chunks(...Array.from({ length: 20 }, () => text('x'.repeat(100))))))
    await read()
    expect(tape.call).toMatchObject({
      usage: tokens,
      output: { json: 'null', truncated: expect.any(Number) },
    })
    const tracker = createTracker({ sink: tape, configKey: 'test' })
    await tracker.run(async () => void (await read()))
    expect(tracker.getSummary().tokens).toEqual(tokens)
  })

  test.each([
    ['is left early', hang(...chunks(text('a'), text('b')).slice(0, 1)), 'cancelled'],
    ['breaks', breakAfter(...chunks(text('a'), text('b')).slice(0, 1)), 'error'],
  ])('that %s ends at once, with the tokens reported so far', async (_, reply, status) => {
    given.fake.answer(reply)
    const reading = async () => {
      for await (const _one of await client().models.generateContentStream(question))
        if (status === 'cancelled') break
    }
    await reading().catch(() => {})
    expect(tape.call).toMatchObject({ status, usage: { input: 20, output: 5, total: 25 } })
    expect(output()).toMatchObject({ message: { parts: [text('a')] } })
  })

  test('with an error event is an error at once', async () => {
    const failing = [
      ...events(chunks(text('a'), text('b')).slice(0, 1)),
      event({ error: errorOf(503, 'overloaded') }),
    ]
    given.fake.answer(response => send(response, failing))
    await read()
    expect(tape.call).toMatchObject({ status: 'error', error: { message: 'overloaded' } })
  })

  test('that ends without a finish reason has a note', async () => {
    given.fake.answer(response => send(response, events(chunks(text('a'), text('b')).slice(0, 1))))
    await read()
    const notes = ['The stream ended without a finish reason.']
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { notes } })
  })
})

test('a streamed interaction has its text and the tokens of its last event', async () => {
  const usage = { total_input_tokens: 20, total_output_tokens: 5, total_tokens: 25 }
  const named = (event_type: string, more: object) =>
    `event: ${event_type}\ndata: ${JSON.stringify({ event_type, ...more })}\n\n`
  const interaction = { id: 'i1', object: 'interaction', model: 'gemini-test' }
  given.fake.answer(response =>
    send(response, [
      named('interaction.created', { interaction: { ...interaction, status: 'in_progress' } }),
      named('step.delta', { index: 0, delta: { type: 'text', text: 'Halb ' } }),
      named('step.delta', { index: 0, delta: { type: 'text', text: 'zwölf' } }),
      named('interaction.completed', { interaction: { ...interaction, status: 'completed', usage } }),
    ]),
  )
  const reply = await client().interactions.create({ model: 'gemini-test', input: 'Hi', stream: true })
  expect((await collect(reply)).items).toHaveLength(4)
  expect(tape.call).toMatchObject({
    key: 'google.interactions',
    status: 'ok',
    usage: { input: 20, output: 5, total: 25 },
    model: 'gemini-test',
  })
  expect(output()).toMatchObject({ message: { parts: [text('Halb zwölf')] } })
})
