import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { memorySink } from '@runtape/testing'
import {
  chunk,
  completion,
  failure,
  hang,
  inTurn,
  json,
  reset,
  response,
  stream,
  textChunks,
  toolCall,
} from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test, vi } from 'vitest'
import { message, streamMessage } from './cases/anthropic-replies.ts'
import { collect, soon } from './cases/case.ts'
import { weather } from './cases/request-cases.ts'
import { setUp } from './set-up.ts'

// Also if the process was not started with `--expose-gc`.
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const given = setUp()
const { tape } = given
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }
const claudeTokens = { input: 66, output: 9, total: 75, cachedInput: 16, cacheWrite: 30, cacheWrite1h: 20 }
const question = 'What time is it?'

const ask = (more: object = {}) =>
  given.sdk.ai.generateText({ model: given.instrumented.chat, prompt: question, ...more })
const read = async (more: object = {}) =>
  collect(
    given.sdk.ai.streamText({ model: given.instrumented.chat, prompt: question, onError() {}, ...more })
      .textStream,
  )

/** A call whose attempt failed ends when no other attempt comes. */
const theCall = () => vi.waitFor(() => tape.call, { timeout: 20_000, interval: 20 })

describe('a call', () => {
  test('is a span with question, answer, usage, model and finish reason', async () => {
    given.host.answer(json(completion('Halb zwölf.')))
    await ask({ temperature: 0.5 })
    expect(tape.call).toMatchObject({
      key: 'ai-sdk.generate',
      type: 'model',
      status: 'ok',
      model: 'gpt-test-2026',
      usage: tokens,
      metadata: { attempts: 1, finishReason: 'stop' },
    })
    const [input] = JSON.parse(tape.call.input.json)
    expect(input).toMatchObject({
      provider: 'openai.chat',
      model: 'gpt-test',
      prompt: [{ role: 'user', content: [{ type: 'text', text: question }] }],
      temperature: 0.5,
    })
    expect(input).not.toHaveProperty('topP')
    expect(JSON.parse(tape.call.output?.json ?? '')).toMatchObject({
      content: [{ type: 'text', text: 'Halb zwölf.' }],
      response: { id: 'chatcmpl-1', headers: { 'x-request-id': 'req_1' } },
    })
  })

  test('that is streamed is a span with its parts, their aggregate and the time to the first one', async () => {
    given.host.answer(stream(...textChunks('Halb ', 'zwölf.')))
    await read()
    expect(tape.call).toMatchObject({
      key: 'ai-sdk.stream',
      status: 'ok',
      usage: tokens,
      model: 'gpt-test-2026',
      timeToFirstTokenMs: expect.any(Number),
      metadata: { attempts: 1, finishReason: 'stop' },
    })
    const { chunks, returned } = JSON.parse(tape.call.output?.json ?? '')
    expect(chunks.map(({ type }: { type: string }) => type)).toContain('text-delta')
    expect(returned).toMatchObject({ closed: true, content: [{ type: 'text', text: 'Halb zwölf.' }] })
  })

  test("stores neither the application's headers nor its key", async () => {
    given.host.answer(inTurn(json(completion('ok')), stream(...textChunks('a'))))
    await ask({ headers: { 'x-tenant': 'tenant-1' } })
    await read({ headers: { 'x-tenant': 'tenant-1' } })
    expect(given.host.requests.map(({ headers }) => headers['x-tenant'])).toEqual(['tenant-1', 'tenant-1'])
    expect(JSON.stringify(tape.records)).not.toMatch(/tenant-1|sk-test/)
  })

  test('with a secret split across its parts keeps none of them', async () => {
    given.host.answer(stream(...textChunks('Use sk-proj-', 'abcdefghijklmnop', 'qrstuvwxyz0123456789.')))
    await read()
    expect(tape.call.output?.json).not.toContain('abcdefghijklmnop')
    expect(JSON.parse(tape.call.output?.json ?? '')).toMatchObject({ withheld: true })
  })

  test('with a secret in a tool call that was cut off keeps none of its parts', async () => {
    const call = (args: string) =>
      chunk({
        tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'weather', arguments: args } }],
      })
    const pieces = [call(''), call('{"city":"sk-proj-abcdefgh'), call('ijklmnopqrstuvwxyz0123456789')]
    given.host.answer(hang(...pieces.map(one => `data: ${JSON.stringify(one)}\n\n`)))
    const controller = new AbortController()
    const model = given.instrumented.chat as unknown as {
      doStream(params: object): Promise<{ stream: ReadableStream }>
    }
    const prompt = [{ role: 'user', content: [{ type: 'text', text: question }] }]
    const { stream: parts } = await model.doStream({ prompt, abortSignal: controller.signal })
    const reader = parts.getReader()
    const seen: string[] = []
    while (seen.filter(type => type === 'tool-input-delta').length < 2)
      seen.push((await reader.read()).value.type)
    controller.abort()
    await reader.read().catch(() => {})
    expect(tape.call).toMatchObject({ status: 'cancelled' })
    expect(tape.call.output?.json).not.toContain('abcdefgh')
  })

  test('of Anthropic counts the cache in its input', async () => {
    given.host.answer(inTurn(json(message([{ type: 'text', text: 'ok' }])), streamMessage('a')))
    const { claude: model } = given.instrumented
    await given.sdk.ai.generateText({ model, prompt: question })
    await collect(given.sdk.ai.streamText({ model, prompt: question }).textStream)
    expect(tape.calls.map(({ usage }) => usage)).toEqual([claudeTokens, claudeTokens])
  })

  test('is a child of the surrounding traced function, and so are its tools', async () => {
    const call = toolCall('call_1', 'weather', { city: 'Bern' })
    given.host.answer(inTurn(json(completion(null, { tool_calls: [call] })), json(completion('ok'))))
    const { tools } = given.instrumented
    await traced('test.answer', async () =>
      ask({ tools: tools({ weather }), stopWhen: given.sdk.ai.stepCountIs(3) }),
    )()
    const root = tape.spans.find(({ key }) => key === 'test.answer')
    const children = tape.spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId)
    expect(children.map(({ key, name, seq }) => [seq, key, name])).toEqual([
      [0, 'ai-sdk.generate', 'ai-sdk.generate'],
      [1, 'ai-sdk.tool', 'weather'],
      [2, 'ai-sdk.generate', 'ai-sdk.generate'],
    ])
  })
})

describe('a call that fails', () => {
  test.each([
    ['once', [failure(429, 'slow down', soon)], 2],
    ['twice', [failure(429, 'slow down', soon), failure(503, 'busy', soon)], 3],
  ])('%s and is then answered is one span, also streamed', async (_, failures, attempts) => {
    given.host.answer(inTurn(...failures, json(completion('ok'))))
    await ask()
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts } })
    tape.clear()
    given.host.answer(inTurn(...failures, stream(...textChunks('a'))))
    await read()
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { attempts } })
  })

  test('with a broken connection and is answered after the SDK’s own wait is one span, also streamed', async () => {
    given.host.answer(inTurn(reset, json(completion('ok'))))
    await ask()
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { attempts: 2 } })
    tape.clear()
    given.host.answer(inTurn(reset, stream(...textChunks('a'))))
    await read()
    expect(tape.call).toMatchObject({ status: 'ok', metadata: { attempts: 2 } })
  })

  test('beside equal calls is one span each', async () => {
    given.host.answer(async (reply, request, index) => {
      if (index >= 3) return json(completion('ok'))(reply, request, index)
      await vi.waitFor(() => expect(given.host.requests.length).toBeGreaterThanOrEqual(3), {
        timeout: 20_000,
      })
      return failure(429, 'slow down', soon)(reply, request, index)
    })
    await Promise.all([ask(), ask(), ask()])
    expect(tape.calls.map(({ status, metadata }) => [status, metadata?.attempts])).toEqual(
      Array.from({ length: 3 }, () => ['ok', 2]),
    )
  })

  test('for good is one span with the last error', async () => {
    given.host.answer(inTurn(failure(429, 'slow down', soon), failure(503, 'busy', soon)))
    await ask({ maxRetries: 1 }).catch(() => {})
    expect(await theCall()).toMatchObject({
      status: 'error',
      error: { name: 'AI_APICallError', message: 'busy' },
      metadata: { attempts: 2 },
    })
  })

  test('and is repeated by the application is two spans', async () => {
    given.host.answer(inTurn(failure(400, 'no'), json(completion('ok'))))
    await ask().catch(() => ask())
    expect(tape.calls.map(({ status }) => status)).toEqual(['error', 'ok'])
  })

  test('and is repeated by the application right after all retries is two spans', async () => {
    given.host.answer(inTurn(failure(500, 'no'), json(completion('ok'))))
    await ask({ maxRetries: 0 }).catch(() => ask())
    await vi.waitFor(() => expect(tape.calls).toHaveLength(2), { timeout: 20_000 })
    expect(tape.calls.map(({ status }) => status).sort()).toEqual(['error', 'ok'])
  })

  test('by an abort is cancelled', async () => {
    given.host.answer(() => {})
    await ask({ abortSignal: AbortSignal.timeout(30) }).catch(() => {})
    expect(tape.call).toMatchObject({ status: 'cancelled' })
    expect(tape.call.error).toBeUndefined()
  })

  test('in the middle of its stream has its error', async () => {
    const pieces = textChunks('a')
      .slice(0, 2)
      .map(one => `data: ${JSON.stringify(one)}\n\n`)
    given.host.answer(reply => {
      reply.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const piece of pieces) reply.write(piece)
      setTimeout(() => reply.destroy(), 30)
    })
    await read().catch(() => {})
    expect(tape.call).toMatchObject({
      status: 'error',
      error: { message: expect.stringContaining('response') },
    })
  })
})

describe('a call whose stream is left', () => {
  const model = () =>
    given.instrumented.chat as unknown as {
      doStream(params: object): Promise<{ stream: ReadableStream<{ type: string }> }>
    }
  const prompt = [{ role: 'user', content: [{ type: 'text', text: question }] }]
  const pieces = () => textChunks('a', 'b').map(one => `data: ${JSON.stringify(one)}\n\n`)

  test('by a break is cancelled, and what came is kept', async () => {
    given.host.answer(hang(...pieces()))
    const { stream: parts } = await model().doStream({ prompt })
    let deltas = 0
    for await (const { type } of parts) if (type === 'text-delta' && ++deltas === 2) break
    expect(tape.call).toMatchObject({ status: 'cancelled' })
    expect(JSON.parse(tape.call.output?.json ?? '').returned.content).toEqual([{ type: 'text', text: 'a' }])
  })

  test('after its last part is whole', async () => {
    given.host.answer(stream(...textChunks('a')))
    const { stream: parts } = await model().doStream({ prompt })
    for await (const { type } of parts) if (type === 'finish') break
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens })
  })

  test('unread is abandoned once it is garbage-collected', async () => {
    given.host.answer(stream(...textChunks('a')))
    const leave = async () =>
      void (await model().doStream({ prompt, abortSignal: new AbortController().signal }))
    await leave()
    await vi.waitFor(
      () => {
        collectGarbage()
        expect(tape.call).toMatchObject({ status: 'abandoned' })
      },
      { timeout: 20_000, interval: 50 },
    )
  })
})

describe('missing usage', () => {
  const warned = () => vi.spyOn(console, 'warn').mockImplementation(() => {})

  test.each([
    ['at all', undefined],
    ['of the input', { completion_tokens: 3 }],
    ['of the output', { prompt_tokens: 3 }],
  ])('%s is unknown, not zero', async (_, usage) => {
    const warn = warned()
    given.host.answer(json({ ...completion('a'), usage }))
    expect(await given.tally(ask)).toBeUndefined()
    expect(tape.call.usage).toBeUndefined()
    if (usage === undefined) expect(warn.mock.calls.flat().join()).toContain('ai-sdk.generate at openai.chat')
  })

  test('of an aborted stream is unknown', async () => {
    given.host.answer(hang(...textChunks('a').map(one => `data: ${JSON.stringify(one)}\n\n`)))
    expect(await given.tally(() => read({ abortSignal: AbortSignal.timeout(50) }))).toBeUndefined()
  })
})

test('a run sums its calls, streamed or not, and ends when the last stream has been read', async () => {
  given.host.answer(inTurn(json(response('ok')), stream(...textChunks('a'))))
  const { chat, responses } = given.instrumented
  const { ai } = given.sdk
  const tracker = createTracker({ sink: memorySink(), configKey: 'test' })
  const parts = await tracker.run(async () => {
    await ai.generateText({ model: responses, prompt: question })
    return ai.streamText({ model: chat, prompt: question }).textStream
  })
  expect(tracker.getSummary().tokens).toBeUndefined()
  await collect(parts)
  expect(tracker.getSummary().tokens).toEqual({
    input: 40,
    output: 18,
    total: 58,
    cachedInput: 32,
    reasoning: 8,
  })
})
