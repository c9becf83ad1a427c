import type { SpanRecord } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { ModelCalls } from './model-calls.ts'

const usage = { input: 1, output: 1, total: 2 }

const span = (spanId: string, parentSpanId: string, more: Partial<SpanRecord> = {}): SpanRecord =>
  ({ spanId, parentSpanId, key: spanId, type: 'model', status: 'ok', ...more }) as SpanRecord

function costing(spans: readonly SpanRecord[]): string[] {
  const found: string[] = []
  const calls = new ModelCalls({ ended: ({ spanId }) => found.push(spanId), inFlight: () => {} })
  for (const each of spans) calls.add(each)
  calls.end()
  return found
}

test('a model call around another one costs nothing itself', () => {
  const around = span('around', 'root')
  const helper = span('helper', 'around', { type: 'function' })
  const inner = span('inner', 'helper', { usage })
  expect(costing([inner, helper, around])).toEqual(['inner'])
})

test('nor when the inner one is a stream that ends later', () => {
  expect(
    costing([span('outer', 'root'), span('around', 'outer'), span('inner', 'around', { usage })]),
  ).toEqual(['inner'])
})

test('nor when the inner one was answered from the tape', () => {
  const mocked = { replay: { mocked: true } } as Partial<SpanRecord>
  expect(costing([span('inner', 'around', { usage, ...mocked }), span('around', 'root')])).toEqual([])
})

test('a model call without usage may cost something, unless the host refused it', () => {
  const output = (json: string) => ({ output: { json } }) as Partial<SpanRecord>
  const refused = span('refused', 'root', { status: 'error', ...output('{"status":429,"body":{}}') })
  const aborted = span('aborted', 'root', { status: 'error', ...output('{"aborted":true}') })
  const plain = span('plain', 'root', { type: 'tool' })
  expect(costing([refused, aborted, plain, span('silent', 'root')])).toEqual(['aborted', 'silent'])
})

test('usage counts whatever the type of the call', () => {
  expect(costing([span('tool', 'root', { type: 'tool', usage })])).toEqual(['tool'])
})

test('a model call that ends after its item counts at once', () => {
  const found: string[] = []
  const calls = new ModelCalls({ ended: ({ spanId }) => found.push(spanId), inFlight: () => {} })
  calls.end()
  calls.add(span('late', 'root'))
  expect(found).toEqual(['late'])
  calls.add(span('priced', 'root', { usage }))
  expect(found).toEqual(['late', 'priced'])
})

describe('calls that outlive their item', () => {
  const started = (spanId: string, parentSpanId: string, type = 'model') => ({
    spanId,
    parentSpanId,
    key: spanId,
    type,
  })

  function watched() {
    const told: string[] = []
    const calls = new ModelCalls({
      ended: ({ spanId }, isFree) => told.push(`${spanId} ${isFree ? 'free' : 'ended'}`),
      inFlight: ({ spanId }) => told.push(`${spanId} in flight`),
    })
    return { calls, told }
  }

  test('are reported when it ends, and again when they end', () => {
    const { calls, told } = watched()
    calls.start(started('model', 'root'))
    calls.start(started('tool', 'root', 'tool'))
    calls.end()
    expect(told).toEqual(['model in flight'])
    calls.add(span('model', 'root', { usage }))
    expect(told).toEqual(['model in flight', 'model ended'])
  })

  test('are free if the host then refuses them', () => {
    const { calls, told } = watched()
    calls.start(started('model', 'root'))
    calls.end()
    calls.add(span('model', 'root', { status: 'error', output: { json: '{"status":503}' } } as never))
    expect(told).toEqual(['model in flight', 'model free'])
  })

  test('are reported once: the inner one of two, through a helper', () => {
    const { calls, told } = watched()
    calls.start(started('around', 'root'))
    calls.start(started('helper', 'around', 'function'))
    calls.start(started('inner', 'helper'))
    calls.end()
    calls.end()
    expect(told).toEqual(['inner in flight'])
  })

  test('are also those that start after its end', () => {
    const { calls, told } = watched()
    calls.end()
    calls.start(started('late', 'root'))
    expect(told).toEqual(['late in flight'])
  })

  test('are none if all have ended', () => {
    const { calls, told } = watched()
    calls.start(started('model', 'root'))
    calls.add(span('model', 'root', { usage }))
    calls.end()
    expect(told).toEqual(['model ended'])
  })
})
