import type Anthropic from '@anthropic-ai/sdk'
import { eventText } from '@runtape/provider/http'
import {
  block,
  breakAfter,
  collect,
  ended,
  event,
  hang,
  inTurn,
  json,
  jsonDelta,
  message,
  type NamedEvent,
  question,
  send,
  started,
  stream,
  streamed,
  text,
  textDelta,
  textEvents,
  toolUse,
} from '@runtape/testing/anthropic'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { setUp, tokens } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const askStream = () => client().messages.create(streamed)
const output = () => valueOf(tape.call.output) as { message: Anthropic.Message; events: unknown[] }

const everything: NamedEvent[] = [
  started(),
  ...block(
    0,
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'thinking_delta', thinking: 'Die ' },
    { type: 'thinking_delta', thinking: 'Uhr …' },
    { type: 'signature_delta', signature: 'c2ln' },
  ),
  ...block(1, { type: 'redacted_thinking', data: 'ZGF0YQ==' }),
  ...block(2, text(''), textDelta('Halb '), textDelta('zwölf.'), {
    type: 'citations_delta',
    citation: { type: 'char_location', cited_text: 'x' },
  }),
  ...block(
    3,
    { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
    jsonDelta(''),
    jsonDelta('{"city":'),
    jsonDelta('"Bern"}'),
  ),
  ...block(4, { type: 'tool_use', id: 'toolu_2', name: 'weather', input: {} }),
  ...ended('tool_use'),
]

describe('a stream', () => {
  test('is one span with its events, their aggregated message, and the usage of all events', async () => {
    given.fake.answer(stream(...textEvents('Halb ', 'zwölf')))
    await collect(await askStream())
    expect(tape.call).toMatchObject({
      status: 'ok',
      usage: tokens,
      model: 'claude-test-2026',
      timeToFirstTokenMs: expect.any(Number),
      metadata: { attempts: 1, finishReason: 'end_turn', requestId: 'req_011Test' },
    })
    expect(tape.call.metadata).not.toHaveProperty('notes')
    expect(output().message).toMatchObject({ role: 'assistant', content: [text('Halb zwölf')] })
  })

  test('is recorded as the exact text that the application saw', async () => {
    given.fake.answer(stream(...textEvents('ä', '€')))
    const body = await (await client().messages.create(streamed).asResponse()).text()
    expect(output().events.map(eventText).join('')).toBe(body)
    expect(body).toContain('event: ping')
  })

  test.each([
    ['in separate packets', (all: string[]) => all],
    ['in one packet', (all: string[]) => [all.join('')]],
    ['cut anywhere', (all: string[]) => all.join('').match(/[\s\S]{1,41}/g) ?? []],
  ])('of many padded chunks, %s, is stored compactly and exactly', async (_, cut) => {
    const words = Array.from({ length: 60 }, (_, at) => `w${at}${at % 20 === 7 ? ' "ü\\n€' : ''} `)
    const all = textEvents(...words).map((one, at) =>
      event(one).replace(/ *}\n\n$/, `${' '.repeat((at * 7) % 13)}}\n\n`),
    )
    given.fake.answer(response => send(response, cut(all)))
    await collect(await askStream())
    const { events, message: folded } = output()
    expect(events.map(eventText).join('')).toBe(all.join(''))
    expect(folded.content).toEqual([text(words.join(''))])
    expect(events.length).toBeLessThan(30)
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens })
  })

  test('aggregates to the same message as the SDK’s own helper', async () => {
    given.fake.answer(stream(...everything))
    const { usage: _, parsed_output: __, ...final } = await client().messages.stream(question).finalMessage()
    expect(tape.calls).toHaveLength(1)
    expect(output().message).toEqual(JSON.parse(JSON.stringify(final)))
    expect(tape.call.metadata).toMatchObject({ finishReason: 'tool_use' })
  })

  test('has the usage of the last event, not of the first', async () => {
    const more = {
      input_tokens: 90,
      cache_creation_input_tokens: 20,
      cache_read_input_tokens: null,
      output_tokens: 30,
    }
    given.fake.answer(stream(started(), ...block(0, text(''), textDelta('a')), ...ended('end_turn', more)))
    await collect(await askStream())
    expect(tape.call.usage).toMatchObject({
      input: 126,
      cachedInput: 16,
      cacheWrite: 20,
      output: 30,
      total: 156,
    })
  })

  test('has the same usage if it is not stored', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(stream(...textEvents(...Array.from({ length: 20 }, () => 'x'.repeat(100)))))
    await collect(await askStream())
    expect(tape.call.output).toMatchObject({ json: 'null', truncated: expect.any(Number) })
    expect(tape.call.usage).toEqual(tokens)
  })

  test('has the same usage in a run without tracing', async () => {
    given.trace({ sink: { append: () => {}, flush: async () => {}, close: async () => {} } })
    given.fake.answer(stream(...everything))
    const tracker = createTracker({ sink: tape, configKey: 'test' })
    await tracker.run(async () => collect(await askStream()))
    expect(tracker.getSummary().tokens).toEqual(tokens)
  })

  test('counts the time to the first content, not to the first event', async () => {
    given.fake.answer(async response => {
      const [first = '', ...rest] = textEvents('a').map(one => event(one))
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first)
      await new Promise(resolve => setTimeout(resolve, 80))
      response.end(rest.join(''))
    })
    await collect(await askStream())
    expect(tape.call.timeToFirstTokenMs).toBeGreaterThan(60)
  })

  test('with an error event is an error', async () => {
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
    given.fake.answer(response =>
      send(
        response,
        [...textEvents('a').slice(0, 3), overloaded].map(one => event(one)),
      ),
    )
    await collect(await askStream())
    expect(tape.call).toMatchObject({ status: 'error', error: { message: 'Overloaded' } })
    expect(output()).toMatchObject({ message: { content: [text('a')] } })
  })

  test.each([
    ['breaks', breakAfter(...textEvents('a').slice(0, 3)), 'error'],
    ['is left early', hang(...textEvents('a').slice(0, 3)), 'cancelled'],
  ])('that %s has no tokens, because its output is unknown', async (_, reply, status) => {
    given.fake.answer(reply)
    const items = await askStream()
    const read = async () => {
      for await (const item of items) if (item.type === 'content_block_delta' && status === 'cancelled') break
    }
    await read().catch(() => {})
    expect(tape.call).toMatchObject({ status })
    expect(tape.call.usage).toBeUndefined()
    expect(output()).toMatchObject({ message: { content: [text('a')] } })
  })

  test('notes what was not understood', async () => {
    given.fake.answer(response => send(response, [event(started()), 'event: x\ndata: 7\n\n']))
    await collect(await askStream())
    const notes = ['An event of the stream is not valid JSON.', 'The stream ended without its last event.']
    expect(tape.call).toMatchObject({ metadata: { notes } })
  })

  test('keeps the partial arguments of a call that was cut off', async () => {
    const cut = block(0, { type: 'tool_use', id: 't', name: 'f', input: {} }, jsonDelta('{"city":"Be'))
    given.fake.answer(stream(started(), ...cut, ...ended('max_tokens')))
    await collect(await askStream())
    expect(output().message.content).toMatchObject([{ name: 'f', input: '{"city":"Be' }])
  })
})

test('the tool runner is one call per turn, and one run', async () => {
  const weather = toolUse('toolu_1', 'weather', { city: 'Bern' })
  given.fake.answer(inTurn(json(message([weather])), json(message([text('Sunny.')]))))
  const tool = {
    type: 'custom' as const,
    name: 'weather',
    input_schema: { type: 'object' as const },
    parse: (input: unknown) => input,
    run: async () => 'sunny',
  }
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  const runner = () => client().beta.messages.toolRunner({ ...question, tools: [tool] })
  const { items } = await tracker.run(async () => collect(runner()))
  expect(items).toHaveLength(2)
  expect(tape.calls).toHaveLength(2)
  expect(tracker.getSummary().tokens).toMatchObject({ input: 96, output: 18, cacheWrite1h: 8 })
})
