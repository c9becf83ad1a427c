import { describe, expect, test } from 'vitest'
import type { SpanRecord } from './records.ts'
import { orderSpans } from './span-order.ts'

const span = (spanId: string, parentSpanId?: string, seq = 0): SpanRecord => ({
  kind: 'span',
  traceId: '0'.repeat(32),
  spanId,
  ...(parentSpanId !== undefined && { parentSpanId }),
  seq,
  key: spanId,
  name: spanId,
  type: 'function',
  startedAt: 0,
  durationMs: 0,
  input: { json: '[]' },
  resultKind: 'value',
  status: 'ok',
})

const order = (...spans: SpanRecord[]): string =>
  orderSpans(spans)
    .map(each => each.spanId)
    .join(' ')

describe('orderSpans', () => {
  test('puts each call before its children, and these in the order of their start', () => {
    const spans = [
      span('b2', 'b', 1),
      span('b', 'root', 1),
      span('a', 'root', 0),
      span('b1', 'b', 0),
      span('root'),
    ]
    expect(order(...spans)).toBe('root a b b1 b2')
  })

  test('orders calls with equal numbers by start time, then by id', () => {
    const [late, early] = [
      { ...span('a', 'root'), startedAt: 2 },
      { ...span('c', 'root'), startedAt: 1 },
    ]
    expect(order(span('root'), late, early, { ...early, spanId: 'b' })).toBe('root b c a')
  })

  test('puts spans without a parent and their descendants after the tree', () => {
    expect(order(span('x1', 'x'), span('x', 'lost'), span('root'), span('a', 'root'))).toBe('root a x x1')
  })

  test('keeps spans with cyclic parents', () => {
    expect(order(span('x', 'y'), span('y', 'x'), span('z', 'z'), span('root'))).toBe('root x y z')
  })

  test('handles 100,000 nested calls', () => {
    const deep = Array.from({ length: 100_000 }, (_, index) =>
      span(`${index}`, index ? `${index - 1}` : undefined),
    )
    expect(orderSpans(deep.toReversed()).map(each => each.spanId)).toEqual(deep.map(each => each.spanId))
  })
})
