import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ConverseStreamCommand, InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import {
  anthropicChunks,
  chunk,
  collect,
  event,
  exception,
  hang,
  inPackets,
  invocation,
  invocationMetrics,
  question,
  stream,
  textEvents,
  toolEvents,
  usage,
} from '@runtape/testing/bedrock'
import { describe, expect, test, vi } from 'vitest'
import { converseStream, invokeStream } from './calls.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client } = given
const tokens = { input: 100, output: 9, total: 109, cachedInput: 64, cacheWrite: 16 }
const output = () => valueOf(tape.call.output) as Record<string, unknown>
const openStream = async (abortSignal?: AbortSignal) => {
  const { stream: events } = await client().send(
    new ConverseStreamCommand(question),
    abortSignal ? { abortSignal } : {},
  )
  return events ?? expect.fail('There is no stream.')
}
describe('a stream', () => {
  test('of Converse is one span with its bytes, their aggregated message, and usage', async () => {
    const frames = textEvents('Halb ', 'zwölf')
    given.fake.answer(stream(...frames))
    await converseStream(client())
    expect(tape.call).toMatchObject({
      key: 'bedrock.converse-stream',
      status: 'ok',
      usage: tokens,
      timeToFirstTokenMs: expect.any(Number),
      metadata: { attempts: 1, finishReason: 'end_turn', requestId: 'req-1', latencyMs: 312 },
    })
    const { chunks, sizes = [], ...rest } = output()
    expect((sizes as number[]).every(size => size > 0)).toBe(true)
    expect(Buffer.concat((chunks as string[]).map(one => Buffer.from(one, 'base64')))).toEqual(
      Buffer.concat(frames),
    )
    expect(rest).toEqual({
      status: 200,
      headers: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'req-1' },
      message: { role: 'assistant', content: [{ text: 'Halb zwölf' }] },
      usage,
      attempts: 1,
      totalRetryDelay: 0,
    })
  })

  test('that a guardrail stopped has that stop reason', async () => {
    const trace = { guardrail: { actionReason: 'Guardrail blocked.' } }
    given.fake.answer(
      stream(
        ...textEvents('No.').slice(0, -2),
        event('messageStop', { stopReason: 'guardrail_intervened' }),
        event('metadata', { usage, metrics: {}, trace }),
      ),
    )
    expect(await converseStream(client())).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ metadata: expect.objectContaining({ trace }) }),
      ]),
    })
    expect(tape.call).toMatchObject({
      status: 'ok',
      usage: tokens,
      metadata: { finishReason: 'guardrail_intervened' },
    })
  })

  test('aggregates tool calls and reasoning', async () => {
    const reasoning = { contentBlockIndex: 5, delta: { reasoningContent: { text: 'hm' } } }
    const hidden = { contentBlockIndex: 6, delta: { reasoningContent: { redactedContent: 'AQI=' } } }
    given.fake.answer(
      stream(event('contentBlockDelta', reasoning), event('contentBlockDelta', hidden), ...toolEvents),
    )
    await converseStream(client())
    const tool = { toolUse: { name: 'weather', toolUseId: 'tool-1', input: { city: 'Bern' } } }
    expect(output().message).toEqual({
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'hm' } } },
        { reasoningContent: { redactedContent: Uint8Array.of(1, 2) } },
        { text: 'Let me look.' },
        tool,
      ],
    })
    expect(tape.call.metadata?.finishReason).toBe('tool_use')
  })

  test.each([
    ['Anthropic', anthropicChunks],
    [
      'Nova',
      [
        chunk({ messageStart: { role: 'assistant' } }),
        chunk({ contentBlockDelta: { delta: { text: 'Halb ' } } }),
        chunk({ contentBlockDelta: { delta: { text: 'zwölf.' } } }),
        chunk({ messageStop: { stopReason: 'end_turn' } }),
        chunk({
          metadata: { usage: { inputTokens: 1 } },
          'amazon-bedrock-invocationMetrics': invocationMetrics,
        }),
      ],
    ],
    [
      'Llama',
      [
        chunk({ generation: 'Halb ', prompt_token_count: 20, generation_token_count: 1, stop_reason: null }),
        chunk({
          generation: 'zwölf.',
          generation_token_count: 2,
          stop_reason: 'end_turn',
          'amazon-bedrock-invocationMetrics': invocationMetrics,
        }),
      ],
    ],
    [
      'Titan',
      [
        chunk({ outputText: 'Halb ', index: 0, completionReason: null }),
        chunk({
          outputText: 'zwölf.',
          completionReason: 'end_turn',
          'amazon-bedrock-invocationMetrics': invocationMetrics,
        }),
      ],
    ],
  ])('of InvokeModel of %s has its text, usage and stop reason', async (_, chunks) => {
    given.fake.answer(stream(...chunks))
    await invokeStream(client())
    expect(tape.call).toMatchObject({
      key: 'bedrock.invoke-model-stream',
      status: 'ok',
      usage: tokens,
      timeToFirstTokenMs: expect.any(Number),
      metadata: { finishReason: 'end_turn', latencyMs: 312 },
    })
    expect(output()).toMatchObject({ message: 'Halb zwölf.' })
  })

  test('of InvokeModel of an unknown vendor has its usage from the metrics', async () => {
    given.fake.answer(
      stream(chunk({ a: 1 }), chunk({ b: 2, 'amazon-bedrock-invocationMetrics': invocationMetrics })),
    )
    await invokeStream(client())
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens })
  })

  test('counts the time to the first content, not to the first event', async () => {
    const [start = Buffer.of(), ...rest] = textEvents('a')
    given.fake.answer(async response => {
      response.writeHead(200).write(start)
      await new Promise(resolve => setTimeout(resolve, 80))
      response.end(Buffer.concat(rest))
    })
    await converseStream(client())
    expect(tape.call.timeToFirstTokenMs).toBeGreaterThan(60)
    expect(tape.call.timeToFirstTokenMs).toBeLessThanOrEqual(tape.call.durationMs)
  })

  test('that exceeds the size limit is left out, but its usage is known', async () => {
    given.trace({ maxPayloadBytes: 1000 })
    given.fake.answer(stream(...textEvents(...Array.from({ length: 20 }, () => 'x'.repeat(100)))))
    await converseStream(client())
    expect(tape.call.output).toMatchObject({ json: 'null', truncated: expect.any(Number) })
    expect(tape.call.usage).toEqual(tokens)
  })

  test('that is left early is cancelled, with what was read', async () => {
    given.fake.answer(hang(...textEvents('a', 'b').slice(0, 2)))
    for await (const item of await openStream()) if (item.contentBlockDelta) break
    expect(tape.call).toMatchObject({ status: 'cancelled' })
    expect(output()).toMatchObject({ message: { content: [{ text: 'a' }] } })
  })

  test('that is left after its metadata is complete', async () => {
    given.fake.answer(stream(...textEvents('a')))
    for await (const item of await openStream()) if (item.metadata) break
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens })
  })

  test('that is aborted and not read any more is cancelled', async () => {
    given.fake.answer(hang(...textEvents('a').slice(0, 2)))
    const controller = new AbortController()
    const events = await openStream(controller.signal)
    controller.abort()
    await vi.waitFor(() => expect(tape.call.status).toBe('cancelled'))
    expect(events).toBeDefined()
  })

  test('that is not read is abandoned', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    given.fake.answer(hang(...textEvents('a').slice(0, 2)))
    await (async () => void (await openStream()))()
    await vi.waitFor(
      () => {
        collectGarbage()
        expect(tape.call.status).toBe('abandoned')
      },
      { timeout: 5000 },
    )
  })

  test('that is read slowly is not abandoned', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    given.fake.answer(inPackets(60, ...textEvents('a', 'b', 'c')))
    for await (const _ of await openStream()) {
      await new Promise(resolve => setTimeout(resolve, 5))
      collectGarbage()
    }
    expect(tape.call.status).toBe('ok')
  })

  test('that breaks with an exception is an error of its class', async () => {
    given.fake.answer(
      stream(...textEvents('a').slice(0, 2), exception('modelStreamErrorException', 'overloaded')),
    )
    await converseStream(client())
    expect(tape.call).toMatchObject({
      status: 'error',
      error: { name: 'ModelStreamErrorException', message: 'overloaded' },
    })
  })
})

test('a stream of InvokeModel that is collected twice ends once', async () => {
  given.fake.answer(stream(...anthropicChunks))
  const { body: events } = await client().send(new InvokeModelWithResponseStreamCommand(invocation))
  await collect(events)
  await collect(events)
  expect(tape.calls).toHaveLength(1)
})

test('a stream that fails after its last event is an error, with its usage', async () => {
  given.fake.answer(stream(...textEvents('Halb zwölf'), exception('modelStreamErrorException', 'overloaded')))
  const read = async () => {
    for await (const _event of await openStream());
  }
  await expect(read()).rejects.toThrow('overloaded')
  expect(tape.call).toMatchObject({ status: 'error', usage: tokens })
})
