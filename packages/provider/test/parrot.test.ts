import { readFileSync } from 'node:fs'
import type { SpanRecord } from '@runtape/core'
import { metricsOf } from '@runtape/provider'
import { type HttpProvider, tapFetch } from '@runtape/provider/http'
import { memorySink, noCallLeft, replayCalls } from '@runtape/testing'
import { type FakeHost, inTurn, type Reply, send, sendAndBreak, startFakeHost } from '@runtape/testing/host'
import { configureTracing, decodeValue, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { parrot, parrotFetch, squawk, usageFromParrot } from './parrot.ts'

const tape = memorySink()
let host: FakeHost
beforeAll(async () => {
  host = await startFakeHost()
})
afterAll(() => host.close())
beforeEach(() => {
  tape.clear()
  configureTracing({ sink: tape })
})
afterEach(() => configureTracing(undefined))

const tokens = { heard: 2, said: 3 }
const answer = { said: 'Ahoy!', model: 'grey-1', tokens, stopped: 'tired' }
const json: Reply = response =>
  void response
    .writeHead(200, { 'content-type': 'application/json', 'x-squawk-id': 'sq-1', 'x-owner': 'Flint' })
    .end(JSON.stringify(answer))
const event = (fields: object) => `data: ${JSON.stringify(fields)}\n\n`
const pieces = ['Pieces', ' of', ' eight', '!', ' Pieces'].map(piece => event({ piece }))
const events = [...pieces, event({ tokens, model: 'grey-1', stopped: 'tired' })]
const eventStream = { 'content-type': 'text/event-stream' }

/** Does what the vendor's client would do. */
async function say(fetch: typeof globalThis.fetch, asked: object): Promise<string> {
  const body = JSON.stringify({ model: 'grey', ...asked })
  return (await fetch(`${host.url}/v1/say`, { method: 'POST', body })).text()
}
const again = <T>(recorded: readonly SpanRecord[], fn: () => Promise<T>) =>
  replayCalls(recorded, traced('test.again', fn))
const tapped = () => parrotFetch() as typeof globalThis.fetch

test('an answer is one span with its input, output, usage, model and request id', async () => {
  host.answer(json)
  expect(await say(tapped(), { text: 'Hi' })).toBe(JSON.stringify(answer))
  const { key, type, input, output, usage, model, metadata, status } = tape.call
  expect({ key, type, usage, model, metadata, status }).toEqual({
    key: 'parrot.say',
    type: 'model',
    usage: { input: 2, output: 3, total: 5 },
    model: 'grey-1',
    metadata: { attempts: 1, finishReason: 'tired', requestId: 'sq-1' },
    status: 'ok',
  })
  expect(decodeValue(input)).toEqual([{ model: 'grey', text: 'Hi' }])
  expect(output && decodeValue(output)).toEqual({
    status: 200,
    headers: { 'content-type': 'application/json', 'x-squawk-id': 'sq-1' },
    body: answer,
    layout: { indent: 0, end: '' },
  })
})

test('a stream passes byte by byte, and its pieces are aggregated to the answer', async () => {
  host.answer(response => send(response, events, eventStream))
  expect(await say(tapped(), { text: 'Hi', stream: true })).toBe(events.join(''))
  const { output, usage, timeToFirstTokenMs } = tape.call
  expect(output && decodeValue(output)).toMatchObject({ said: 'Pieces of eight! Pieces', usage: tokens })
  expect(usage).toEqual({ input: 2, output: 3, total: 5 })
  expect(timeToFirstTokenMs).toBeGreaterThan(0)
})

test.each<[string, Reply, object]>([
  ['an answer', json, {}],
  ['a stream', response => send(response, events, eventStream), { stream: true }],
  ['a failure', response => void response.writeHead(429).end('{"error":{"message":"Too loud."}}'), {}],
])('a replay answers with the same bytes: %s', async (_, reply, asked) => {
  host.answer(reply)
  const live = await say(tapped(), asked)
  const [recorded] = tape.calls
  host.answer(response => void response.writeHead(500).end('No request may come here.'))
  const { result, tape: replayed } = await again(tape.calls, () => say(tapped(), asked))
  expect(result).toBe(live)
  expect(host.requests).toEqual([])
  expect(replayed.call.output).toEqual(recorded?.output)
})

test('a broken stream is an error with a partial answer, and fails in a replay too', async () => {
  host.answer(response => sendAndBreak(response, pieces, eventStream))
  await expect(say(tapped(), { stream: true })).rejects.toThrow()
  expect(tape.call.status).toBe('error')
  expect(tape.call.output && decodeValue(tape.call.output)).toMatchObject({
    said: 'Pieces of eight! Pieces',
    broken: true,
  })
  const recorded = [...tape.calls]
  await expect(again(recorded, () => say(tapped(), { stream: true }))).rejects.toThrow()
})

test('a run counts its tokens once, even with two taps in a row', async () => {
  host.answer(inTurn(json, json))
  const run = memorySink()
  const tracker = createTracker({ sink: run, configKey: 'parrot' })
  await tracker.run(() => say(tapFetch({ ...parrot, name: 'other' }, tapped()) as typeof fetch, {}))
  expect(tracker.getSummary().tokens).toEqual({ input: 2, output: 3, total: 5 })
  expect(tape.calls).toHaveLength(1)
})

test('tracker.trackMetricsOf reads usage and outcome of an answer', async () => {
  const tracker = createTracker({ sink: memorySink(), configKey: 'parrot' })
  const metrics = metricsOf({
    call: 'trackParrotMetrics',
    host: 'the parrot',
    usageOf: usageFromParrot,
    usageIn: said => (said as typeof answer).tokens,
  })
  await tracker.trackMetricsOf(metrics, async () => answer)
  expect(tracker.getSummary()).toMatchObject({ tokens: { total: 5 }, outcome: { status: 'success' } })
})

test('a model that is not called by HTTP has a span, and is answered in a replay', async () => {
  expect(await squawk('Hi', async () => answer)).toBe(answer)
  const recorded = [...tape.calls]
  expect(tape.call).toMatchObject({ key: 'parrot.squawk', usage: { total: 5 }, metadata: { attempts: 1 } })
  const neverSent = () => Promise.reject(new Error('Nothing may be sent.'))
  expect((await again(recorded, () => squawk('Hi', neverSent))).result).toEqual(answer)
  await expect(again([], () => squawk('Hi', neverSent))).rejects.toBe(noCallLeft)
})

test('its error is recorded, and thrown again in a replay', async () => {
  const failure = new RangeError('Polly is asleep.')
  await expect(squawk('Hi', () => Promise.reject(failure))).rejects.toBe(failure)
  expect(tape.call).toMatchObject({ status: 'error', error: { name: 'RangeError' } })
  const failed = again([...tape.calls], () => squawk('Hi', async () => answer))
  await expect(failed).rejects.toThrow(failure)
})

test('a provider for another version of the contract is rejected', () => {
  const later = { ...parrot, contract: 2 } as unknown as HttpProvider
  expect(() => tapFetch(later)).toThrow('version 2 of the @runtape/provider contract')
})

test('an error of a provider only reaches the log', async () => {
  const faulty = { ...parrot, usageOf: () => { throw new Error('A fault.') } } // biome-ignore format: one line
  host.answer(json)
  expect(await say(tapFetch(faulty) as typeof fetch, {})).toBe(JSON.stringify(answer))
})

test('docs/write-a-provider.md shows this provider', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
  const blocks = [...read('../../../docs/write-a-provider.md').matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
  expect(blocks.length).toBeGreaterThan(4)
  for (const [, code = ''] of blocks) expect(read('./parrot.ts')).toContain(code)
})

test.each([
  ['whole', json],
  ['streamed', (response: Parameters<Reply>[0]) => send(response, events, eventStream)],
])('a method of an answer can be replaced, %s', async (_, reply) => {
  host.answer(reply)
  const response = await tapped()(`${host.url}/v1/say`, { method: 'POST', body: '{}' })
  const text = response.text.bind(response)
  Object.assign(response, { text: async () => (await text()).slice(0, 4), clone: () => response })
  expect(response.clone()).toBe(response)
  expect(await response.text()).toHaveLength(4)
})
