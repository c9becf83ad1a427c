import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { eventTexts } from '@runtape/provider/http'
import { memorySink } from '@runtape/testing'
import { chunk } from '@runtape/testing/openai'
import { configureTracing } from '@runtape/trace'
import { afterEach, expect, test, vi } from 'vitest'
import { tapFetch } from '../src/index.ts'
import { valueOf } from './value-of.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

async function used(): Promise<number> {
  // Lets pending turns of the event loop run and release what they hold.
  for (let turn = 0; turn < 5; turn++) {
    await setImmediate()
    collectGarbage()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const encoder = new TextEncoder()
const tape = memorySink()
const ends = ['whole', 'broken', 'left', 'too large', 'hidden', 'released'] as const
type End = (typeof ends)[number]

afterEach(() => {
  tape.clear()
  configureTracing(undefined)
})

const eventOf = (content: string) => `data: ${JSON.stringify(chunk({ content }))}\n\n`
const word = (id: number, index: number) => `<${id}:${index % 7 === 0 ? '"€\\' : index}>`

/** The chunks of one stream, with text that is in no other stream. */
function* piecesOf(id: number, end: End): Generator<string> {
  const length = end === 'too large' ? 400 : 60 + (id % 80)
  for (let index = 0; index < length; index++) yield eventOf(word(id, index))
  if (end === 'broken') throw new Error(`reset of <${id}:`)
  yield 'data: [DONE]\n\n'
}

function host(body: string): Response {
  const { id, end } = JSON.parse(body) as { id: number; end: End }
  const pieces = piecesOf(id, end)
  const pull = async (controller: ReadableByteStreamController) => {
    await setImmediate()
    const { done, value } = pieces.next()
    if (!done) return controller.enqueue(encoder.encode(value))
    controller.close()
  }
  const stream = new ReadableStream({ type: 'bytes', pull })
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
}

async function use(fetch: typeof globalThis.fetch, id: number, end: End): Promise<string> {
  const asked = end === 'hidden' ? {} : { stream_options: { include_usage: true } }
  const body = JSON.stringify({ id, end, stream: true, ...asked })
  const { body: stream } = await fetch('http://host/chat/completions', { method: 'POST', body })
  const seen: Uint8Array[] = []
  try {
    if (end === 'released') for (let index = 0; index < 10; index++) seen.push(await readOne(stream))
    for await (const piece of stream ?? []) {
      seen.push(piece.slice())
      // The buffer belongs to the reader: a tap that keeps it must have copied it.
      piece.fill(88)
      if (end === 'left' && seen.length === 50) break
    }
  } catch (error) {
    expect(String(error)).toContain(`<${id}:`)
  }
  return Buffer.concat(seen).toString()
}

async function readOne(stream: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const reader = stream?.getReader()
  const step = await reader?.read()
  reader?.releaseLock()
  return step?.value ?? Buffer.of()
}

test('each of 200 concurrent streams, however it ends, has only its own data in its record', async () => {
  configureTracing({ sink: tape, maxPayloadBytes: 60_000 })
  const fetch = tapFetch(async (_, init) => host(String(init?.body)))
  // The second time with reused memory.
  for (const round of [0, 1]) {
    tape.clear()
    const ids = Array.from({ length: 200 }, (_, index) => round * 200 + index)
    const seen = await Promise.all(ids.map(id => use(fetch, id, ends[id % ends.length] as End)))
    expect(tape.calls).toHaveLength(200)
    for (const { input, output } of tape.calls) {
      const [{ id, end }] = valueOf(input) as [{ id: number; end: End }]
      const others = output?.json.replaceAll(`<${id}:`, '').match(/<\d+:/g)
      expect(others).toBe(null)
      if (end === 'too large') {
        expect(output).toMatchObject({ json: 'null', truncated: expect.any(Number) })
        continue
      }
      const { events, message } = valueOf(output) as { events: unknown[]; message: { content: string } }
      const text = events.flatMap(eventTexts).join('')
      expect(text).toBe(seen[id % 200])
      const words = text.split('data: {').length - 1
      expect(message.content).toBe(Array.from({ length: words }, (_, index) => word(id, index)).join(''))
    }
  }
})

test('streams above the size limit stay within their memory limit, and then hold none', async () => {
  configureTracing({ sink: tape, maxPayloadBytes: 500_000 })
  // No two consecutive events are similar, so they are stored as they are.
  const pair = eventOf('x'.repeat(1000)) + eventOf('y').replace('index', 'odd')
  const piece = encoder.encode(pair.repeat(10))
  const fetch = tapFetch(async () => {
    let left = 300
    const pull = (controller: ReadableStreamDefaultController) =>
      left-- > 0 ? controller.enqueue(piece.slice()) : controller.close()
    return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }))
  })
  const before = await used()
  const open = async () => {
    const request = { method: 'POST', body: '{"stream":true,"stream_options":{"include_usage":true}}' }
    const loop = (await fetch('http://host/chat/completions', request)).body?.values()
    for (let index = 0; index < 200; index++) await loop?.next()
    return loop
  }
  const opened = await Promise.all(Array.from({ length: 10 }, open))
  expect((await used()) - before).toBeLessThan(2_000_000)
  for (const loop of opened) for await (const _ of loop ?? []);
  const truncated = piece.length * 300
  expect(tape.calls.map(({ output }) => output)).toEqual(opened.map(() => ({ json: 'null', truncated })))
})

test('a stream that was read holds no recorded data, however long the application holds it', async () => {
  const sink = { append: () => {}, flush: async () => {}, close: async () => {} }
  configureTracing({ sink })
  const text = 'x'.repeat(300_000)
  const fetch = tapFetch(async () => {
    const pieces = [eventOf(text), 'data: [DONE]\n\n'].map(piece => encoder.encode(piece))
    const pull = (controller: ReadableStreamDefaultController) => {
      const piece = pieces.shift()
      if (piece) controller.enqueue(piece)
      else controller.close()
    }
    return new Response(new ReadableStream({ pull }))
  })
  const before = await used()
  const ask = async () => {
    const response = await fetch('http://host/chat/completions', { method: 'POST', body: '{"stream":true}' })
    for await (const _ of response.body ?? []);
    return response
  }
  const held = await Promise.all(Array.from({ length: 20 }, ask))
  expect((await used()) - before).toBeLessThan(2_000_000)
  expect(held.every(({ bodyUsed }) => bodyUsed)).toBe(true)
})

test('a partly read body that is garbage-collected is abandoned', async () => {
  configureTracing({ sink: tape })
  const fetch = tapFetch(async (_, init) => host(String(init?.body)))
  await (async () => {
    const body = JSON.stringify({ id: 1, end: 'whole', stream: true })
    const response = await fetch('http://host/chat/completions', { method: 'POST', body })
    for (let index = 0; index < 3; index++) await readOne(response.body)
  })()
  await vi.waitFor(
    () => {
      collectGarbage()
      expect(tape.calls.map(({ status }) => status)).toEqual(['abandoned'])
    },
    { timeout: 10_000, interval: 20 },
  )
  expect(valueOf(tape.call.output)).toMatchObject({
    message: { content: [0, 1, 2].map(i => word(1, i)).join('') },
  })
})
