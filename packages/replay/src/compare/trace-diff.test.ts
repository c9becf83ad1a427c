import { span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { differences } from './differences.ts'
import { diffTraces } from './trace-diff.ts'

test('200,000 calls under one parent are compared', () => {
  const root = span()
  const call = span({ traceId: root.traceId, parentSpanId: root.spanId })
  const id = (at: number) => String(at).padStart(16, '0')
  const calls = Array.from({ length: 200_000 }, (_, at) => ({ ...call, spanId: id(at), seq: at }))
  const trace = { traceId: root.traceId, root, spans: [root, ...calls] }
  expect(diffTraces(trace, trace)).toEqual({ added: [], removed: [], reordered: [], changed: [] })
})

test('an output that was too large to keep does not equal null', () => {
  const root = span()
  const call = span({ traceId: root.traceId, parentSpanId: root.spanId, output: { json: 'null' } })
  const large = { ...call, output: { json: 'null', truncated: 9_000_000 } }
  const traceOf = (child: typeof call) => ({ traceId: root.traceId, root, spans: [root, child] })
  expect(diffTraces(traceOf(call), traceOf(large)).changed).toMatchObject([{ changed: ['output'] }])
  expect(diffTraces(traceOf(large), traceOf(large)).changed).toEqual([])
})

test('lists of 200,000 paths are compared', () => {
  const list = Array.from({ length: 200_000 }, (_, at) => at)
  expect(differences(list, list)).toEqual({ differences: [], places: 200_000 })
})

test('each difference names the surrounding call, at any depth', () => {
  const root = span({ key: 'root' })
  const { traceId } = root
  const of = (key: string, parent: typeof root, seq: number, value: unknown = 1) =>
    span({
      traceId,
      spanId: `${key}`.padEnd(16, '0'),
      parentSpanId: parent.spanId,
      key,
      seq,
      output: { json: JSON.stringify(value) },
    })
  const tool = of('tool', root, 0)
  const [b, c] = [of('b', tool, 0), of('c', tool, 1)]
  const before = [root, tool, b, c, of('gone', tool, 2)]
  const after = [
    root,
    of('tool', root, 0, 2),
    { ...c, seq: 0 },
    { ...of('b', tool, 1, 2) },
    of('new', tool, 2),
  ]
  const diff = diffTraces({ traceId, root, spans: before }, { traceId, root, spans: after })
  const parents = (list: readonly { key: string; parentKey: string }[]) =>
    list.map(({ key, parentKey }) => `${parentKey} > ${key}`)
  expect(parents(diff.changed)).toEqual(['root > tool', 'tool > b'])
  expect(parents(diff.added)).toEqual(['tool > new'])
  expect(parents(diff.removed)).toEqual(['tool > gone'])
  expect(parents(diff.reordered)).toHaveLength(1)
  expect(diff.reordered[0]?.parentKey).toBe('tool')
})
