import { span } from '@runtape/testing'
import { expect, it } from 'vitest'
import { differences } from './differences.ts'
import { diffTraces } from './trace-diff.ts'

it('200,000 calls under one parent are compared', () => {
  const root = span()
  const call = span({ traceId: root.traceId, parentSpanId: root.spanId })
  const id = (at: number) => String(at).padStart(16, '0')
  const calls = Array.from({ length: 200_000 }, (_, at) => ({ ...call, spanId: id(at), seq: at }))
  const trace = { traceId: root.traceId, root, spans: [root, ...calls] }
  expect(diffTraces(trace, trace)).toEqual({ added: [], removed: [], reordered: [], changed: [] })
})

it('an output that was too large to keep is not equal to null', () => {
  const root = span()
  const call = span({ traceId: root.traceId, parentSpanId: root.spanId, output: { json: 'null' } })
  const large = { ...call, output: { json: 'null', truncated: 9_000_000 } }
  const traceOf = (child: typeof call) => ({ traceId: root.traceId, root, spans: [root, child] })
  expect(diffTraces(traceOf(call), traceOf(large)).changed).toMatchObject([{ changed: ['output'] }])
  expect(diffTraces(traceOf(large), traceOf(large)).changed).toEqual([])
})

it('lists of 200,000 places are compared', () => {
  const list = Array.from({ length: 200_000 }, (_, at) => at)
  expect(differences(list, list)).toEqual({ differences: [], places: 200_000 })
})
