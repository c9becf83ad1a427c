import type { Endpoint } from '@runtape/provider/http'
import { eachEvent, eventText, type RecordedAnswer } from '@runtape/provider/http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chatCompletions } from '../src/endpoints/chat-completions.ts'
import { responses } from '../src/endpoints/responses.ts'
import { answerOf, newReader } from './sse-reader.ts'

const chat = (content: string, obfuscation: string) =>
  JSON.stringify({
    id: 'chatcmpl-1',
    model: 'gpt-test',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    usage: null,
    obfuscation,
  })
const delta = (text: string, obfuscation: string, index: number) =>
  JSON.stringify({
    type: 'response.output_text.delta',
    delta: text,
    item_id: 'msg_1',
    obfuscation,
    sequence_number: index,
  })

/** What the application sees of a stream whose usage it did not request. */
function seenOf(bytes: Uint8Array, cuts: readonly number[]) {
  const reader = newReader({ endpoint: chatCompletions, hideUsage: true })
  const decoder = new TextDecoder()
  const ends = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let start = 0
  let seen = ''
  for (const end of ends) {
    const piece = bytes.slice(start, end)
    const given = piece.slice()
    seen += decoder.decode(reader.push(given), { stream: true })
    expect(given).toEqual(piece)
    start = end
  }
  seen += decoder.decode(reader.finish())
  const { json, facts } = answerOf(reader)
  return { seen, recorded: JSON.parse(`{${json}}`) as RecordedAnswer, usage: facts.usage }
}

function recordedOf(endpoint: Endpoint, bytes: Uint8Array, cuts: readonly number[]) {
  const reader = newReader({ endpoint, hideUsage: false })
  const ends = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let start = 0
  for (const end of ends) {
    reader.push(bytes.slice(start, end))
    start = end
  }
  reader.finish()
  const { recorded, json, notes } = answerOf(reader)
  return { recorded: { ...recorded, ...JSON.parse(`{${json}}`) } as RecordedAnswer, json, notes }
}

const bytesOf = (texts: readonly string[]) => new TextEncoder().encode(texts.join(''))

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(' word', '"', '\\', '\n', '{"a":"', '€', '\u2028'),
)
const odd = fc.constantFrom(
  ': a comment\n\n',
  'data: {oops\n\n',
  'data: {"choices":[]}\n\n',
  '\n',
  'data:x\r\n\r\n',
)
const streams = fc.record({
  pieces: fc.array(fc.tuple(piece, fc.stringMatching(/^[a-z"\\]{0,6}$/)), { maxLength: 400 }),
  odds: fc.array(fc.tuple(fc.nat(400), odd), { maxLength: 3 }),
  end: fc.constantFrom('\n\n', '\r\n\r\n', '\r\r'),
  cuts: fc.array(fc.nat(), { maxLength: 40 }),
})

test('a stream is stored as its exact text and aggregated, however it is split', () => {
  const endpoints = [
    { endpoint: chatCompletions, eventOf: chat, textOf: (value: RecordedAnswer) => value.message },
    { endpoint: responses, eventOf: delta, textOf: (value: RecordedAnswer) => value.output },
  ]
  for (const { endpoint, eventOf, textOf } of endpoints) {
    fc.assert(
      fc.property(streams, ({ pieces, odds, end, cuts }) => {
        const head = endpoint === responses ? `event: delta${end.slice(0, end.length / 2)}` : ''
        const texts = pieces.map(([text, pad], index) => `${head}data: ${eventOf(text, pad, index)}${end}`)
        for (const [at, text] of odds) texts.splice(at % (texts.length + 1), 0, text)
        const { recorded } = recordedOf(endpoint, bytesOf([...texts, 'data: [DONE]\n\n']), cuts)
        expect(recorded.events?.map(eventText).join('')).toBe([...texts, 'data: [DONE]\n\n'].join(''))
        if (odds.length === 0) expect(eachEvent(recorded.events ?? [])).toHaveLength(texts.length + 1)
        const content = pieces.map(([text]) => text).join('')
        if (content !== '' && odds.every(([, text]) => text !== '\n'))
          expect(JSON.stringify(textOf(recorded))).toContain(JSON.stringify(content))
      }),
      { numRuns: 60 },
    )
  }
})

const said = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(',"usage":null', '{"usage":null}', '}', '\n\n'),
)

test('only unrequested usage is hidden from a stream, however it is split', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  const last = `data: ${JSON.stringify({ id: 'chatcmpl-1', model: 'gpt-test', choices: [], usage })}\n\n`
  const whole = fc.array(fc.nat(12), { maxLength: 12 })
  fc.assert(
    fc.property(fc.array(said, { maxLength: 60 }), whole, fc.array(fc.nat()), (texts, events, cuts) => {
      const sent = texts.map(text => `data: ${chat(text, 'pad')}\n\n`)
      const ends = sent.map((_, index) => bytesOf(sent.slice(0, index + 1)).length)
      const atEnds = ends.filter((_, index) => events.includes(index % 13))
      const bytes = bytesOf([...sent, last, 'data: [DONE]\n\n'])
      const expected = [
        ...sent.map(text => text.replace(/,"usage":null(?=,"obfuscation")/, '')),
        'data: [DONE]\n\n',
      ]
      for (const each of [atEnds, cuts]) {
        const { seen, recorded, usage: known } = seenOf(bytes, each)
        expect(seen).toBe(expected.join(''))
        expect(recorded.events?.map(eventText).join('')).toBe(seen)
        expect(known).toEqual(usage)
      }
    }),
    { numRuns: 100 },
  )
})

test('the common parts of many events are stored once', () => {
  const texts = Array.from({ length: 500 }, (_, index) => `data: ${chat(` word${index}\n`, 'Xy7aQ')}\n\n`)
  const { json, recorded } = recordedOf(chatCompletions, bytesOf(texts), [])
  expect(json.length).toBeLessThan(bytesOf(texts).length / 5)
  expect(recorded.events).toHaveLength(2)
  expect(eachEvent(recorded.events ?? [])).toEqual(texts.map(text => JSON.parse(text.slice(6))))
})

test('an event that differs in any one character is stored exactly', () => {
  const text = `data: ${chat(' word', 'Xy7aQ')}\n\n`
  for (let at = 0; at < text.length; at++) {
    for (const other of ['#', '\n', '"', '\u0001']) {
      const changed = text.slice(0, at) + other + text.slice(at + 1)
      const texts = [text, text, changed, text]
      const { recorded } = recordedOf(chatCompletions, bytesOf(texts), [])
      expect(recorded.events?.map(eventText).join('')).toBe(texts.join(''))
    }
  }
})

test('a usage nested deeper in the event stays', () => {
  const nested = 'data: {"id":"chatcmpl-1","model":"gpt-test","choices":[],"x":{"a":1,"usage":null}}\n\n'
  const texts = [`data: ${chat('a', 'pad')}\n\n`, nested, nested]
  const ends = texts.map((_, index) => bytesOf(texts.slice(0, index + 1)).length)
  expect(seenOf(bytesOf(texts), ends).seen).toBe(
    `${texts[0]?.replace(',"usage":null', '')}${nested}${nested}`,
  )
})

test('usage and end are known even if a stream is not stored', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  const last = JSON.stringify({ id: 'chatcmpl-1', model: 'gpt-test', choices: [], usage })
  const texts = [chat('a', 'pad'), chat('b', 'pad'), chat('c', 'pad'), last, '[DONE]'].map(
    data => `data: ${data}\n\n`,
  )
  for (const hideUsage of [true, false]) {
    const reader = newReader({ endpoint: chatCompletions, hideUsage, limit: 0 })
    for (const text of texts) reader.push(bytesOf([text]))
    reader.finish()
    expect(answerOf(reader)).toMatchObject({ facts: { usage }, notes: [], json: '' })
    expect(reader.isComplete).toBe(true)
  }
})

test('a few similar events are stored as they are', () => {
  const texts = ['a', 'b', 'c', 'd'].map(text => `data: ${chat(text, 'pad')}\n\n`)
  expect(recordedOf(chatCompletions, bytesOf(texts), []).recorded.events).toEqual(
    texts.map(text => JSON.parse(text.slice(6))),
  )
})

test('an event that looks like a template of events is stored as its text', () => {
  const text = 'data: {"alike":["a"],"values":[]}\n\n'
  expect(recordedOf(chatCompletions, bytesOf([text]), []).recorded.events).toEqual([text])
})

test('similar events that are not JSON are reported', () => {
  const texts = ['a', 'b', 'c'].map(text => `data: ${chat(text, 'pad')}\n\n`)
  texts.push((texts[0] as string).replace('"a"', '"\\x"'), texts[2] as string)
  const { recorded, notes } = recordedOf(chatCompletions, bytesOf(texts), [])
  expect(notes).toContain('An event of the stream is not valid JSON.')
  expect(recorded.events?.map(eventText).join('')).toBe(texts.join(''))
  expect(recorded.message).toMatchObject({ content: 'abcc' })
})

test('an event whose bytes arrived at different times is one event', () => {
  const texts = Array.from({ length: 500 }, (_, index) => `event: delta\ndata: ${delta('a', '', index)}\n\n`)
  const bytes = bytesOf(texts)
  for (const step of [7, 10, 13]) {
    const cuts = Array.from({ length: bytes.length / step }, (_, index) => index * step)
    const { recorded } = recordedOf(responses, bytes, cuts)
    expect(eachEvent(recorded.events ?? [])).toEqual(texts)
  }
})

test('an event of any length is aggregated', () => {
  const long = 'x'.repeat(100_000)
  const texts = ['a', long, 'b'].map(text => `data: ${chat(text, '')}\n\n`)
  const cuts = Array.from({ length: 60 }, (_, index) => index * 1700)
  const { recorded } = recordedOf(chatCompletions, bytesOf(texts), cuts)
  expect(recorded.message).toMatchObject({ content: `a${long}b` })
  expect(recorded.events?.map(eventText).join('')).toBe(texts.join(''))
})
