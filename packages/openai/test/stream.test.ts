import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { eventText } from '@runtape/provider/http'
import {
  breakAfter,
  chunk,
  collect,
  events,
  hang,
  send,
  stream,
  streamed,
  textChunks,
  toolCall,
  usage,
} from '@runtape/testing/openai'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }

const askStream = () => client().chat.completions.create(streamed)
const output = () => valueOf(tape.call.output) as Record<string, unknown>
const dataEvents = (...chunks: object[]) => chunks.map(one => `data: ${JSON.stringify(one)}\n\n`)

afterEach(() => vi.useRealTimers())

describe('a stream', () => {
  test('is one span with its events, aggregated message, and usage that the application did not request', async () => {
    given.fake.answer(stream(...textChunks('Halb ', 'zwölf')))
    await collect(await askStream())
    expect(tape.call).toMatchObject({
      status: 'ok',
      usage: tokens,
      model: 'gpt-test-2026',
      timeToFirstTokenMs: expect.any(Number),
      metadata: { attempts: 1, finishReason: 'stop', requestId: 'req_1' },
    })
    expect(valueOf(tape.call.input)).toEqual([streamed])
    expect(output()).toEqual({
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_1' },
      events: [...textChunks('Halb ', 'zwölf'), 'data: [DONE]\n\n'],
      message: { role: 'assistant', content: 'Halb zwölf', finish_reason: 'stop' },
      usage,
    })
  })

  test('is recorded as the exact text that the application saw', async () => {
    given.fake.answer((response, seen) => send(response, events(textChunks('a', '€'), seen, '\r\n')))
    const body = await (await client().chat.completions.create(streamed).asResponse()).text()
    expect((output().events as unknown[]).map(eventText).join('')).toBe(body)
    expect(body).not.toContain('usage')
  })

  test('aggregates tool calls and choices', async () => {
    const parts = toolCall('call_1', 'weather', { city: 'Bern' })
    given.fake.answer(
      stream(
        chunk({ tool_calls: [{ index: 0, ...parts, function: { name: 'weather', arguments: '' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
        chunk({ content: 'other' }, 'stop', 1),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '"Bern"}' } }] }),
        chunk({}, 'tool_calls'),
      ),
    )
    await collect(await askStream())
    const first = { role: 'assistant', content: null, tool_calls: [parts], finish_reason: 'tool_calls' }
    const second = { role: 'assistant', content: 'other', finish_reason: 'stop' }
    expect(output()).toMatchObject({ choices: [first, second] })
  })

  test('counts the time to the first content, not to the first chunk', async () => {
    given.fake.answer(async (response, seen) => {
      const [role = '', ...rest] = events(textChunks('a'), seen)
      response.writeHead(200).write(role)
      await new Promise(resolve => setTimeout(resolve, 80))
      response.end(rest.join(''))
    })
    await collect(await askStream())
    expect(tape.call.timeToFirstTokenMs).toBeGreaterThan(60)
    expect(tape.call.timeToFirstTokenMs).toBeLessThanOrEqual(tape.call.durationMs)
  })

  test('that exceeds the size limit is left out, but its usage is known', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(stream(...textChunks(...Array.from({ length: 20 }, () => 'x'.repeat(100)))))
    expect((await collect(await askStream())).items).toHaveLength(22)
    expect(tape.call.output).toMatchObject({ json: 'null', truncated: expect.any(Number) })
    expect(tape.call.usage).toEqual(tokens)
  })

  test('notes what was not understood', async () => {
    given.fake.answer(response => send(response, ['data: {"choices":[]}\n\n', 'data: 7\n\n']))
    await collect(await askStream())
    const notes = ['An event of the stream is not valid JSON.', 'The stream ended without [DONE].']
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { notes } })
  })

  test('with an error event is an error', async () => {
    given.fake.answer((response, seen) =>
      send(response, [
        ...events(textChunks('a'), seen).slice(0, 2),
        'data: {"error":{"message":"overloaded"}}\n\n',
      ]),
    )
    await collect(await askStream())
    expect(tape.call).toMatchObject({ status: 'error', error: { message: 'overloaded' } })
    expect(output()).toMatchObject({ message: { content: 'a' } })
  })

  test('whose connection breaks is an error, with the events before', async () => {
    given.fake.answer(breakAfter(...dataEvents(...textChunks('a'))))
    await collect(await askStream())
    expect(tape.call).toMatchObject({ status: 'error', error: { message: 'terminated' } })
    expect(output()).toMatchObject({ broken: true, message: { content: 'a' } })
  })

  test('that its reader leaves early is cancelled, with the events before', async () => {
    given.fake.answer(hang(...dataEvents(...textChunks('a'))))
    for await (const item of await askStream()) if (item.choices[0]?.delta.content) break
    expect(tape.call.status).toBe('cancelled')
    expect(output()).toMatchObject({ message: { content: 'a' } })
  })

  test('whose body is cancelled is cancelled, and its connection released', async () => {
    const closed = new Promise<void>(resolve => {
      given.fake.answer((response, seen, index) => {
        response.on('close', resolve)
        return hang(...dataEvents(...textChunks('a')))(response, seen, index)
      })
    })
    const { body } = await client().chat.completions.create(streamed).asResponse()
    await body?.cancel()
    expect(tape.call.status).toBe('cancelled')
    await closed
  })

  test('is read from the host no faster than the application reads it', async () => {
    let pulled = 0
    const pull = (pieces: ReadableStreamDefaultController<Uint8Array>) => {
      pieces.enqueue(
        new TextEncoder().encode(`data: ${JSON.stringify(chunk({ content: `${++pulled}` }))}\n\n`),
      )
    }
    const endless = () => new Response(new ReadableStream({ pull }, { highWaterMark: 0 }))
    const openai = client({ fetch: async () => endless() })
    for await (const item of await openai.chat.completions.create(streamed))
      if (item.choices[0]?.delta.content === '5') break
    expect(pulled).toBeLessThanOrEqual(6)
    expect(tape.call.status).toBe('cancelled')
  })

  test('that is aborted while it is not being read is cancelled at once', async () => {
    given.fake.answer(hang())
    const controller = new AbortController()
    await client().chat.completions.create(streamed, { signal: controller.signal }).asResponse()
    controller.abort()
    await vi.waitFor(() => expect(tape.call.status).toBe('cancelled'))
  })

  test('that is never read is abandoned, and its connection released', async () => {
    let closed = false
    given.fake.answer((response, seen, index) => {
      response.on('close', () => {
        closed = true
      })
      return hang(...dataEvents(...textChunks('a')))(response, seen, index)
    })
    await (async () => void (await client().chat.completions.create(streamed).asResponse()))()
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    await vi.waitFor(
      () => {
        collectGarbage()
        expect(tape.calls.map(({ status }) => status)).toEqual(['abandoned'])
        expect(closed).toBe(true)
      },
      { timeout: 10_000, interval: 50 },
    )
  })
})
