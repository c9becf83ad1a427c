import type { SpanRecord } from '@runtape/core'
import { expect, test } from 'vitest'
import { ModelCalls } from './model-calls.ts'

const usage = { input: 1, output: 1, total: 2 }

const span = (spanId: string, parentSpanId: string, more: Partial<SpanRecord> = {}): SpanRecord =>
  ({ spanId, parentSpanId, key: spanId, type: 'model', status: 'ok', ...more }) as SpanRecord

function costing(spans: readonly SpanRecord[]): string[] {
  const found: string[] = []
  const calls = new ModelCalls(({ spanId }) => found.push(spanId))
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
  const calls = new ModelCalls(({ spanId }) => found.push(spanId))
  calls.end()
  calls.add(span('late', 'root'))
  expect(found).toEqual(['late'])
  calls.add(span('priced', 'root', { usage }))
  expect(found).toEqual(['late', 'priced'])
})
