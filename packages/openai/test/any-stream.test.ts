import type { Endpoint } from '@runtape/provider/http'
import { dataOf, eventTexts, type RecordedAnswer } from '@runtape/provider/http'
import { memorySink, replayCalls } from '@runtape/testing'
import { collect, streamed } from '@runtape/testing/openai'
import { configureTracing, traced } from '@runtape/trace'
import fc from 'fast-check'
import OpenAI from 'openai'
import { expect, test, vi } from 'vitest'
import { chatCompletions } from '../src/endpoints/chat-completions.ts'
import { completions } from '../src/endpoints/completions.ts'
import { responses } from '../src/endpoints/responses.ts'
import { instrumentOpenAI } from '../src/index.ts'
import { bytesOf, chat, completion, response, streamOf } from './any-stream.ts'
import { plainRead } from './plain-read.ts'
import { answerOf, newReader } from './sse-reader.ts'

interface Settings {
  readonly endpoint: Endpoint
  readonly hideUsage: boolean
  readonly limit: number
}

/** The result of reading these bytes, split into chunks at these offsets. */
function read(bytes: Uint8Array, cuts: readonly number[], settings: Settings) {
  const reader = newReader(settings)
  const ends = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  const seen: Uint8Array[] = []
  let start = 0
  for (const end of ends) {
    // Overwrite the buffer once it has been read, as a real source may.
    const piece = bytes.slice(start, end)
    const passed = reader.push(piece)
    if (passed) seen.push(passed.slice())
    piece.fill(7)
    start = end
  }
  const rest = reader.finish()
  if (rest) seen.push(rest)
  const { recorded, json, facts } = answerOf(reader)
  const kept = { ...recorded, ...JSON.parse(`{${json}}`) } as RecordedAnswer
  return { seen: Buffer.concat(seen).toString(), facts, kept }
}

// The host would not send it without our request, so it is hidden without parsing; the simple reader leaves malformed events as
// they are.
const hasMalformedUsage = (text: string) =>
  text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .some(event => event.includes('"usage":null') && !isJson(dataOf(`${event}\n\n`) ?? ''))

function isJson(text: string): boolean {
  try {
    return JSON.parse(text) !== undefined
  } catch {
    return false
  }
}

test.each([
  ['chat', chatCompletions, chat],
  ['completions', completions, completion],
  ['responses', responses, response],
] as const)(
  'any stream of %s passes unchanged, is stored unchanged, and is read as a simple reader reads it',
  (_, endpoint, fields) => {
    fc.assert(
      fc.property(streamOf(fields), ({ text, cuts, hideUsage, limit }) => {
        fc.pre(!hideUsage || !hasMalformedUsage(text))
        const { seen, facts, kept } = read(bytesOf(text), cuts, { endpoint, hideUsage, limit })
        const plain = plainRead(String(endpoint.path), Buffer.from(text).toString(), hideUsage)
        expect(seen).toBe(plain.seen)
        const { usage, error, model } = facts
        expect({ usage, error, model }).toEqual(plain.facts)
        if (limit === 0 || facts.tooLarge !== undefined) return
        expect(facts.finishReason ?? null).toEqual(plain.finishReason ?? null)
        expect(kept.events?.flatMap(eventTexts).join('')).toBe(plain.seen)
        expect({ message: kept.message, choices: kept.choices, output: kept.output }).toEqual(plain.readable)
        // How the bytes were split must not show: otherwise equal answers would differ in a replay.
        expect(kept).toEqual(read(bytesOf(text), [], { endpoint, hideUsage, limit }).kept)
      }),
      { numRuns: 300 },
    )
  },
)

/** What an application receives from an SDK client for these bytes in these chunks. */
async function ask(bytes: Uint8Array, cuts: readonly number[], instrument: (client: OpenAI) => OpenAI) {
  const ends = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  const pieces = ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end))
  const pull = (controller: ReadableStreamDefaultController) => {
    const piece = pieces.shift()
    if (piece) controller.enqueue(piece)
    else controller.close()
  }
  const headers = { 'content-type': 'text/event-stream' }
  const fetch = async () => new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers })
  const client = new OpenAI({ apiKey: 'none', logLevel: 'off', maxRetries: 0, fetch })
  const { items, error } = await collect(await instrument(client).chat.completions.create(streamed))
  return JSON.stringify({ items, error })
}

test('any stream reaches the SDK unchanged, live and from the tape', async () => {
  const tape = memorySink()
  configureTracing({ sink: tape })
  await fc.assert(
    fc.asyncProperty(streamOf(chat), async ({ text, cuts }) => {
      tape.clear()
      const whole = Buffer.from(text).toString()
      const bare = await ask(bytesOf(plainRead('/chat/completions', whole, true).seen), [], client => client)
      expect(await ask(bytesOf(whole), cuts, instrumentOpenAI)).toBe(bare)
      // An SDK that leaves at an error after `finish_reason` is read on for, so its call ends later.
      const recorded = await vi.waitFor(() => {
        expect(tape.calls).toHaveLength(1)
        return [...tape.calls]
      })
      const again = traced('test.ask', () => ask(bytesOf('data: never\n\n'), [], instrumentOpenAI))
      expect((await replayCalls(recorded, again)).result).toBe(bare)
    }),
    { numRuns: 100 },
  )
  configureTracing(undefined)
})
