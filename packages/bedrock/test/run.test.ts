import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import {
  collect,
  converseAnswer,
  failure,
  hang,
  inTurn,
  json,
  question,
  stream,
  textEvents,
} from '@runtape/testing/bedrock'
import { configureTracing, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { converse, converseStream, invoke } from './calls.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape, client } = given
const newRun = () => createTracker({ sink: tape, configKey: 'test' })
const callsKept = () => tape.events.filter(({ metric }) => metric.startsWith('call:'))

describe('inside tracker.run', () => {
  test('an agent loop is one run: its tokens are summed, its first token is the first stream', async () => {
    given.fake.answer(
      inTurn(json(converseAnswer('one')), stream(...textEvents('two')), json(converseAnswer('three'))),
    )
    const tracker = newRun()
    const bedrock = client()
    await tracker.run(async () => {
      await converse(bedrock)
      await converseStream(bedrock)
      await converse(bedrock)
    })
    expect(tracker.getSummary()).toMatchObject({
      tokens: { input: 300, output: 27, total: 327, cachedInput: 192, cacheWrite: 48 },
      timeToFirstTokenMs: expect.any(Number),
      outcome: { status: 'success' },
    })
    expect(callsKept().map(({ metric }) => metric)).toEqual(tape.calls.map(({ spanId }) => `call:${spanId}`))
    expect(tape.calls.map(({ runId }) => runId)).toEqual(Array(3).fill(tracker.runId))
  })

  test('calls count without tracing, also concurrently', async () => {
    configureTracing(undefined)
    given.fake.answer((response, seen, index) =>
      (seen.path.endsWith('stream') ? stream(...textEvents('a')) : json(converseAnswer('b')))(
        response,
        seen,
        index,
      ),
    )
    const tracker = newRun()
    const bedrock = client()
    await tracker.run(() => Promise.all([converse(bedrock), converseStream(bedrock), converse(bedrock)]))
    expect(tracker.getSummary().tokens).toMatchObject({ total: 327 })
    expect(callsKept().map(({ value }) => value)).toMatchObject(
      Array(3).fill({ status: 'success', model: question.modelId, usage: { total: 109 } }),
    )
    expect(tape.spans).toEqual([])
  })

  test('each of many concurrent calls counts its own usage', async () => {
    configureTracing(undefined)
    given.fake.answer(async (response, seen, index) => {
      await new Promise(resolve => setTimeout(resolve, 30 - index * 10))
      await json({}, 200, { 'x-amzn-bedrock-input-token-count': `${10 ** index}` })(response, seen, index)
    })
    const tracker = newRun()
    const bedrock = client()
    await tracker.run(() => Promise.all([invoke(bedrock), invoke(bedrock), invoke(bedrock)]))
    expect(tracker.getSummary().tokens).toMatchObject({ input: 111 })
  })

  test('a stream that is read after the function returned still counts', async () => {
    given.fake.answer(stream(...textEvents('a', 'b')))
    const tracker = newRun()
    const reply = await tracker.run(() => client().send(new ConverseStreamCommand(question)))
    expect(tracker.getSummary().tokens).toBeUndefined()
    await collect(reply.stream)
    expect(tracker.getSummary().tokens).toMatchObject({ total: 109 })
  })

  test('all attempts are one call', async () => {
    given.fake.answer(failure(500, 'InternalServerException', 'down'))
    const tracker = newRun()
    await expect(tracker.run(() => client().send(new ConverseCommand(question)))).rejects.toThrow('down')
    expect(tracker.getSummary().outcome).toMatchObject({ status: 'error' })
    expect(callsKept().map(({ metric, value }) => ({ metric, value }))).toMatchObject([
      {
        metric: `call:${tape.call.spanId}`,
        value: { status: 'error', error: { name: 'InternalServerException', message: 'down' } },
      },
    ])
  })

  test('a stream that is left early is a cancelled call, and the run is over', async () => {
    given.fake.answer(hang(...textEvents('a').slice(0, 2)))
    const tracker = newRun()
    await tracker.run(async () => {
      const { stream: events } = await client().send(new ConverseStreamCommand(question))
      for await (const _ of events ?? []) break
    })
    expect(callsKept()[0]?.value).toMatchObject({ status: 'cancelled' })
    expect(tracker.getSummary().outcome).toEqual({ status: 'success' })
  })

  test('a call in a traced function is its child, and part of the run', async () => {
    given.fake.answer(json(converseAnswer('ok')))
    const answer = traced('test.answer', () => converse(client()))
    const tracker = newRun()
    await tracker.run(answer)
    const parent = tape.spans.find(({ key }) => key === 'test.answer')
    expect(tape.call).toMatchObject({ traceId: parent?.traceId, parentSpanId: parent?.spanId })
    expect(parent?.usage).toBeUndefined()
    expect(tracker.getSummary().tokens).toMatchObject({ total: 109 })
  })
})
