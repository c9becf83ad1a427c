import {
  chunk,
  collect,
  completion,
  failure,
  hang,
  inTurn,
  json,
  question,
  stream,
  streamed,
  textChunks,
  usage,
} from '@runtape/testing/openai'
import { configureTracing, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape, client } = given
const soon = { 'retry-after-ms': '1' }
const newRun = () => createTracker({ sink: tape, configKey: 'test' })
const callsKept = () => tape.events.filter(({ metric }) => metric.startsWith('call:'))

describe('inside tracker.run', () => {
  test('an agent loop is one run: its tokens are summed, its first token is the first stream', async () => {
    given.fake.answer(
      inTurn(json(completion('one')), stream(...textChunks('two')), json(completion('three'))),
    )
    const tracker = newRun()
    const openai = client()
    await tracker.run(async () => {
      await openai.chat.completions.create(question)
      await collect(await openai.chat.completions.create(streamed))
      await openai.chat.completions.create(question)
    })
    expect(tracker.getSummary()).toMatchObject({
      tokens: { input: 60, output: 27, total: 87, cachedInput: 48, reasoning: 12 },
      timeToFirstTokenMs: expect.any(Number),
      outcome: { status: 'success' },
    })
    expect(callsKept().map(({ metric }) => metric)).toEqual(tape.calls.map(({ spanId }) => `call:${spanId}`))
    expect(tape.calls.map(({ runId }) => runId)).toEqual(Array(3).fill(tracker.runId))
  })

  test('calls count without any tracing', async () => {
    configureTracing(undefined)
    given.fake.answer(inTurn(json(completion('one')), stream(...textChunks('two'))))
    const tracker = newRun()
    await tracker.run(async () => {
      await client().chat.completions.create(question)
      await collect(await client().chat.completions.create(streamed))
    })
    expect(tracker.getSummary().tokens).toMatchObject({ total: 58 })
    expect(callsKept().map(({ value }) => value)).toMatchObject([
      { status: 'success', model: 'gpt-test-2026', usage: { total: 29 } },
      { status: 'success', timeToFirstTokenMs: expect.any(Number) },
    ])
    expect(tape.spans).toEqual([])
  })

  test('a stream that is read after the function returned still counts', async () => {
    given.fake.answer(stream(...textChunks('a', 'b')))
    const tracker = newRun()
    const reply = await tracker.run(() => client().chat.completions.create(streamed))
    expect(tracker.getSummary().tokens).toBeUndefined()
    await collect(reply)
    expect(tracker.getSummary().tokens).toMatchObject({ total: 29 })
  })

  test('each attempt is a separate call, and the run does not wait for one that may never come', async () => {
    given.fake.answer(failure(500, 'down', soon))
    const tracker = newRun()
    const asked = tracker.run(() => client().chat.completions.create(question))
    await expect(asked).rejects.toThrow('500 down')
    expect(tracker.getSummary().outcome).toMatchObject({ status: 'error', error: { status: 500 } })
    const { spanId } = tape.call
    expect(callsKept().map(({ metric }) => metric)).toEqual([
      `call:${spanId}`,
      `call:${spanId}.2`,
      `call:${spanId}.3`,
    ])
    expect(callsKept().at(-1)?.value).toMatchObject({
      status: 'error',
      error: { message: '500 down', status: 500 },
    })
  })

  test('the usage of a stream that is left early counts if it is known', async () => {
    const last = { ...chunk({ content: 'a' }), usage }
    given.fake.answer(hang(`data: ${JSON.stringify(last)}\n\n`))
    const tracker = newRun()
    await tracker.run(async () => {
      for await (const _ of await client().chat.completions.create(streamed)) break
    })
    expect(callsKept()[0]?.value).toMatchObject({ status: 'cancelled', usage: { total: 29 } })
    expect(tracker.getSummary().tokens).toMatchObject({ total: 29 })
  })

  test('a call in a traced function is its child, and part of the run', async () => {
    given.fake.answer(json(completion('ok')))
    const answer = traced('test.answer', () => client().chat.completions.create(question))
    const tracker = newRun()
    await tracker.run(answer)
    const parent = tape.spans.find(({ key }) => key === 'test.answer')
    expect(tape.call).toMatchObject({ traceId: parent?.traceId, parentSpanId: parent?.spanId })
    expect(parent?.usage).toBeUndefined()
    expect(tracker.getSummary().tokens).toMatchObject({ total: 29 })
  })

  test('two concurrent runs count only their own calls', async () => {
    given.fake.answer(json(completion('ok')))
    const openai = client()
    const totals = [1, 2].map(async times => {
      const tracker = newRun()
      await tracker.run(async () => {
        for (let call = 0; call < times; call++) await openai.chat.completions.create(question)
      })
      return tracker.getSummary().tokens?.total
    })
    expect(await Promise.all(totals)).toEqual([29, 58])
  })
})
