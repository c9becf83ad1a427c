import type { SpanRecord } from '@runtape/core'
import type { Trace } from '@runtape/core/store'
import { span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { diffTraces } from '../compare/trace-diff.ts'
import { type AlignedCall, alignTraces } from './align-traces.ts'
import { callChanges, commonCallChanges, showCallChange } from './call-changes.ts'
import { elideUnchanged } from './elide-unchanged.ts'

const traceId = '0'.repeat(32)
const input = (value: unknown) => ({ json: JSON.stringify([value]) })

function traceOf(root: SpanRecord, calls: readonly SpanRecord[]): Trace {
  return { traceId: root.traceId, root, spans: [root, ...calls] }
}

/** Recorded calls `a` to `d` with one under `b`, and a replay that makes them as `made` says. */
function recording(keys: readonly string[]) {
  const root = span({ traceId, key: 'root' })
  const calls = keys.map((key, seq) =>
    span({ traceId, parentSpanId: root.spanId, seq, key, input: input(key) }),
  )
  return { root, calls }
}

function replayOf(
  recorded: Trace,
  made: readonly { key: string; given?: string; mocked?: boolean }[],
): Trace {
  const replayId = 'f'.repeat(32)
  const source = (sourceSpanId: string | undefined, mocked = false) => ({
    testRunId: 't',
    sourceTraceId: traceId,
    mocked,
    ...(sourceSpanId !== undefined && { sourceSpanId }),
  })
  const root = span({ traceId: replayId, key: 'root', replay: source(recorded.root.spanId) })
  const calls = made.map(({ key, given = key, mocked }, seq) => {
    const found = recorded.spans.find(each => each.key === key)
    const shape = { traceId: replayId, parentSpanId: root.spanId, seq, key, input: input(given) }
    return span({ ...shape, replay: source(found?.spanId, mocked) })
  })
  return traceOf(root, calls)
}

function aligned(recorded: Trace, replayed: Trace): string[] {
  const calls = alignTraces(recorded, replayed, diffTraces(recorded, replayed))
  return calls.map(({ before, after, depth, changes, parts, answeredUnder }) =>
    [
      '  '.repeat(depth) + (after ?? before)?.key,
      ...changes,
      ...parts,
      ...(answeredUnder > 0 ? [`${answeredUnder} under it`] : []),
    ].join(' '),
  )
}

test('both traces form one tree, in the order of the replay, with removed calls at their place', () => {
  const { root, calls } = recording(['a', 'b', 'c', 'd'])
  const recorded = traceOf(root, calls)
  const made = [{ key: 'new' }, { key: 'c' }, { key: 'a' }, { key: 'd', given: 'other' }]
  const replayed = replayOf(recorded, made)
  expect(aligned(recorded, replayed)).toEqual([
    'root',
    '  new added',
    '  c reordered',
    '  a',
    '  b removed',
    '  d changed input',
  ])
  expect(callChanges(diffTraces(recorded, replayed)).map(showCallChange)).toEqual([
    '− b',
    '+ new',
    '⇅ c: in another order',
    '≠ d: input changed',
  ])
})

test('common changes of several items are counted once', () => {
  const { root, calls } = recording(['a', 'b'])
  const recorded = traceOf(root, calls)
  const items = [[], [{ key: 'b' }, { key: 'new' }, { key: 'new' }]].map(made => ({
    diff: diffTraces(recorded, replayOf(recorded, made)),
  }))
  expect(commonCallChanges([...items, {}])).toEqual([
    { change: '− a', items: 2 },
    { change: '− b', items: 1 },
    { change: '+ new', items: 1 },
  ])
})

test('the first removed call comes first, with its children', () => {
  const { root, calls } = recording(['a', 'b'])
  const under = span({ traceId, parentSpanId: calls[0]?.spanId, key: 'under' })
  const recorded = traceOf(root, [...calls, under])
  expect(aligned(recorded, replayOf(recorded, [{ key: 'b' }]))).toEqual([
    'root',
    '  a removed',
    '    under removed',
    '  b',
  ])
})

test('calls under an answered call are counted, not missed', () => {
  const { root, calls } = recording(['a'])
  const under = span({ traceId, parentSpanId: calls[0]?.spanId, key: 'under' })
  const deeper = span({ traceId, parentSpanId: under.spanId, key: 'deeper' })
  const recorded = traceOf(root, [...calls, under, deeper])
  expect(aligned(recorded, replayOf(recorded, [{ key: 'a', mocked: true }]))).toEqual([
    'root',
    '  a 2 under it',
  ])
})

test('a hundred thousand calls, deep and wide, form a short list with every change', () => {
  const root = span({ traceId, key: 'root' })
  const wide = Array.from({ length: 50_000 }, (_, seq) =>
    span({ traceId, parentSpanId: root.spanId, seq, key: `wide ${seq}` }),
  )
  const chain = [span({ traceId, parentSpanId: root.spanId, seq: 60_000, key: 'deep 0' })]
  for (let depth = 1; depth < 50_000; depth++)
    chain.push(span({ traceId, parentSpanId: chain.at(-1)?.spanId, key: `deep ${depth}` }))
  const recorded = traceOf(root, [...wide, ...chain])
  const again = (of: SpanRecord): SpanRecord => ({
    ...of,
    replay: { testRunId: 't', sourceTraceId: traceId, sourceSpanId: of.spanId, mocked: false },
  })
  const made = [...wide, ...chain].filter(each => each !== wide[40_000]).map(again)
  const replayed = traceOf(again(root), made)
  const list = elideUnchanged(alignTraces(recorded, replayed, diffTraces(recorded, replayed)))
  expect(list.filter(call => typeof call === 'number')).toHaveLength(2)
  expect(list.length).toBeLessThan(20)
  const changed = list.filter(
    (call): call is AlignedCall => typeof call !== 'number' && call.changes.length > 0,
  )
  expect(changed.map(({ before }) => before?.key)).toEqual(['wide 40000'])
})

test('150,000 calls under one parent', () => {
  const { root, calls } = recording(Array.from({ length: 150_000 }, () => 'a'))
  const recorded = traceOf(root, calls)
  const nothing = { added: [], removed: [], reordered: [], changed: [] }
  const sides = alignTraces(recorded, traceOf(span({ traceId, key: 'root' }), []), nothing)
  expect(sides).toHaveLength(150_001)
})
