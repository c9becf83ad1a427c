import { eventTexts, type RecordedAnswer } from '@runtape/provider/http'
import { expect, test } from 'vitest'
import { chatCompletions } from '../src/endpoints/chat-completions.ts'
import { answerOf, newReader } from './sse-reader.ts'

const event = (content: string) =>
  `data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`
const run = (...contents: string[]) => contents.map(event)

function read(pieces: readonly (string | Buffer)[], options: { hideUsage?: boolean; limit?: number } = {}) {
  const reader = newReader({ endpoint: chatCompletions, hideUsage: false, ...options })
  const seen: Uint8Array[] = []
  for (const piece of pieces) seen.push(reader.push(Buffer.from(piece as string)) ?? Buffer.of())
  seen.push(reader.finish() ?? Buffer.of())
  const { recorded, json, notes, facts } = answerOf(reader)
  const kept = { ...recorded, ...JSON.parse(`{${json}}`) } as RecordedAnswer
  const { message } = kept as { message?: { content: string } }
  return { seen: Buffer.concat(seen).toString(), content: message?.content, kept, notes, facts }
}

const odd = 'An event of the stream is not valid JSON.'

test.each([
  ['a line end', 'c\\\ndata: x'],
  ['a character that is not printed', 'c\\\tx'],
  ['an end in the midst of an escape', 'c\\u00'],
])('an event that is invalid JSON by %s after a backslash is stored as text, and reported', (_, content) => {
  const pieces = run('a', 'b', content, '41', 'e', 'f')
  const { kept, content: sum, notes } = read(pieces)
  expect(kept.events?.flatMap(eventTexts).join('')).toBe(pieces.join(''))
  expect(sum).toBe('ab41ef')
  expect(notes).toContain(odd)
})

test('bytes at the end of one event and the start of the next are not joined to a character', () => {
  const latin = (content: string) => Buffer.from(event(content), 'latin1')
  const { content } = read([...run('a', 'b'), latin('\xe2\x82'), latin('\xac'), ...run('c')])
  expect(content).toBe(`ab${Buffer.of(0xe2, 0x82)}${Buffer.of(0xac)}c`)
})

test('an event that is too deeply nested to serialize is stored as its text', () => {
  const deep = `data: ${'['.repeat(200_000)}${']'.repeat(200_000)}\n\n`
  const { kept, content } = read([deep, event('a')])
  expect(kept.events?.[0]).toBe(deep)
  expect(content).toBe('a')
})

test('a byte order mark before the first event is skipped', () => {
  const { seen, content, kept } = read([`\ufeff${event('a')}`])
  expect(seen).toBe(`\ufeff${event('a')}`)
  expect(kept.events).toEqual([seen])
  expect(content).toBe('a')
})

test.each([
  ['"note":{"content":"same"}', '"content" : "', '"'],
  ['"note":{"content":"same"}', '"\\u0063ontent":"', '"'],
])('a chunk of the answer is not mistaken for another string (%s)', (other, start, end) => {
  const events = [0, 1, 2, 3, 4].map(
    index =>
      `data: {"choices":[{"index":0,"delta":{${start}a${end}}}],${other.replace('same', `${index}`)}}\n\n`,
  )
  expect(read(events).content).toBe('aaaaa')
})

test.each([
  ['the first of its fields', '"usage":null,"id":"c","choices":[]', '"id":"c","choices":[]'],
  ['after one inside', '"x":{"a":1,"usage":null},"usage":null', '"x":{"a":1,"usage":null}'],
  ['written with blanks', '"id":"c", "usage" : null', '"id":"c"'],
])('a hidden null usage is removed if it is %s', (_, sent, seen) => {
  expect(read([`data: {${sent}}\n\n`], { hideUsage: true }).seen).toBe(`data: {${seen}}\n\n`)
})

test('hiding usage keeps a line end that is split over two chunks', () => {
  const usage = 'data: {"choices":[],"usage":{"prompt_tokens":1}}\r\n\r\n'
  const first = 'data: {"choices":[]}\r\n\r'
  const last = 'data: [DONE]\r\n\r\n'
  const seen = `${first}\n${last}`
  expect(read([first, `\n${usage}`, last], { hideUsage: true }).seen).toBe(seen)
  expect(read([`${first}\n${usage.slice(0, -1)}`, `\n${last}`], { hideUsage: true }).seen).toBe(seen)
})

test('a character that is split where a stream exceeds the limit stays intact', () => {
  const error = Buffer.from(`data: {"error":{"message":"${'é'.repeat(400)}"}}\n\n`)
  const cut = error.indexOf('é', 600) + 1
  const { facts } = read([error.subarray(0, cut), error.subarray(cut)], { limit: 500 })
  expect(facts.error).toEqual({ message: 'é'.repeat(400) })
})

test.each([true, false])(
  'the finish reason of a stream above the size limit is known (usage hidden: %s)',
  hideUsage => {
    const last = event('').replace('null', '"length"')
    const { facts, kept } = read([...run('a', 'b', 'x'.repeat(600), 'c', 'd'), last], {
      limit: 500,
      hideUsage,
    })
    expect(kept.events).toBeUndefined()
    expect(facts.finishReason).toBe('length')
  },
)

test('the finish reason is that of the first choice, however the stream is split', () => {
  const choice = (index: number, finish_reason: string | null) =>
    `data: ${JSON.stringify({ choices: [{ index, delta: { content: 'a' }, finish_reason }] })}\n\n`
  const events = [choice(0, null), choice(1, null), choice(1, 'length')]
  for (const pieces of [events, [events.join('')]]) expect(read(pieces).facts.finishReason ?? null).toBe(null)
})

test('a Buffer chunk is not modified when usage is removed from it', () => {
  const sent = 'data: {"choices":[{"delta":{"content":"a"}}],"usage":null,"x":"tail"}\n\n'
  const piece = Buffer.from(sent)
  expect(read([event('a'), piece], { hideUsage: true }).seen).toContain('"content":"a"}}],"x":"tail"}')
  const reader = newReader({ endpoint: chatCompletions, hideUsage: true })
  for (const one of [piece, piece]) reader.push(one)
  expect(`${piece}`).toBe(sent)
})

test('bytes that are not text pass unchanged, even if usage is hidden', () => {
  const event = Buffer.from('data: {"x":"\xff\xe2\x82"}\n\n', 'latin1')
  const reader = newReader({ endpoint: chatCompletions, hideUsage: true })
  expect(reader.push(event)).toBe(event)
})
