import { AsyncResource } from 'node:async_hooks'
import type { SpanRecord } from '@runtape/core'
import { currentFrame } from '@runtape/core/internal'
import { spanRecordSchema } from '@runtape/schemas'
import { expect, test } from 'vitest'
import { cpuMs } from '../../test/cpu-ms.ts'
import { tape } from '../../test/tape.ts'

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Spans as a tree of keys, children in `seq` order. */
function treeOf(spans: readonly SpanRecord[], parent?: string): unknown[] {
  return spans
    .filter(span => span.parentSpanId === parent)
    .sort((a, b) => a.seq - b.seq)
    .map(span => {
      const children = treeOf(spans, span.spanId)
      return children.length > 0 ? [span.key, children] : span.key
    })
}

test('calls inside a call are its children, in start order', async () => {
  const { traced, spans } = tape()
  const leaf = traced('leaf', async (ms: number) => later(ms))
  const sum = traced('sum', (a: number, b: number) => a + b)
  const branch = traced('branch', async () => {
    await leaf(5)
    sum(1, 2)
    await leaf(1)
  })
  await traced('root', async () => {
    sum(1, 1)
    await branch()
  })()
  expect(treeOf(spans)).toEqual([['root', ['sum', ['branch', ['leaf', 'sum', 'leaf']]]]])
  expect(new Set(spans.map(span => span.traceId)).size).toBe(1)
  expect(spans.map(span => span.key)).toEqual(['sum', 'leaf', 'sum', 'leaf', 'branch', 'root'])
})

test('under Promise.all each call keeps its children and its start order', async () => {
  const { traced, spans } = tape()
  const leaf = traced('leaf', async (ms: number) => later(ms))
  const names = ['a', 'b', 'c']
  const branches = names.map((name, index) =>
    traced(name, async () => {
      await later(3 - index)
      await Promise.all([leaf(6 - index), leaf(1)])
    }),
  )
  await traced('root', () => Promise.all(branches.map(branch => branch())))()
  const twoLeaves = ['leaf', 'leaf']
  expect(treeOf(spans)).toEqual([['root', names.map(name => [name, twoLeaves])]])
  for (const name of names) {
    const { spanId } = spans.find(span => span.key === name) as SpanRecord
    const seqs = spans.filter(span => span.parentSpanId === spanId).map(span => span.seq)
    expect(seqs.sort()).toEqual([0, 1])
  }
})

test('concurrent root calls are separate traces', async () => {
  const { traced, spans } = tape()
  const leaf = traced('leaf', async () => later(1))
  const root = traced('root', async () => leaf())
  await Promise.all([root(), root(), root()])
  expect(treeOf(spans)).toEqual(Array(3).fill(['root', ['leaf']]))
  expect(new Set(spans.map(span => span.traceId)).size).toBe(3)
  expect(new Set(spans.map(span => span.spanId)).size).toBe(6)
})

test('recursion nests', () => {
  const { traced, spans } = tape()
  const down: (n: number) => number = traced('down', (n: number) => (n === 0 ? 0 : down(n - 1) + 1))
  expect(down(3)).toBe(3)
  expect(treeOf(spans)).toEqual([['down', [['down', [['down', ['down']]]]]]])
})

test('calls made by a generator are its children, and calls of its consumer are not', async () => {
  const { traced, spans } = tape()
  const leaf = traced('leaf', (n: number) => n)
  const other = traced('other', () => 1)
  const stream = traced('stream', async function* () {
    yield leaf(1)
    await later(1)
    yield leaf(2)
  })
  const list = traced('list', function* () {
    yield leaf(3)
  })
  await traced('root', async () => {
    for await (const _ of stream()) other()
    for (const _ of list()) other()
  })()
  expect(treeOf(spans)).toEqual([
    ['root', [['stream', ['leaf', 'leaf']], 'other', 'other', ['list', ['leaf']], 'other']],
  ])
})

test('calls in timers and bound callbacks are children of the call that made them, even after its end', async () => {
  const { traced, spans } = tape()
  const leaf = traced('leaf', () => 1)
  let bound = () => {}
  traced('root', () => {
    setTimeout(leaf, 1)
    bound = AsyncResource.bind(() => void leaf())
  })()
  bound()
  await later(5)
  expect(treeOf(spans)).toEqual([['root', ['leaf', 'leaf']]])
})

test('two tracers in one call share the trace', () => {
  const outer = tape()
  const inner = tape()
  const leaf = inner.traced('leaf', () => 1)
  outer.traced('root', () => leaf())()
  expect(inner.only().parentSpanId).toBe(outer.only().spanId)
  expect(inner.only().traceId).toBe(outer.only().traceId)
})

test('every span is a valid record', async () => {
  const { traced, spans } = tape()
  traced('a', { type: 'tool', mockOnReplay: true }, () => [undefined, 1n, new Map()])()
  await traced('b', async () => Promise.reject(new Error('no')))().catch(() => {})
  for (const _ of traced('c', function* () {
    yield () => 1
  })());
  expect(spans).toHaveLength(3)
  for (const span of spans) expect(spanRecordSchema.parse(JSON.parse(JSON.stringify(span)))).toEqual(span)
})

test('100,000 sibling calls and 100,000 nested calls are all recorded', async () => {
  const count = 100_000
  const { traced, spans } = tape()
  const leaf = traced('leaf', async (n: number) => n)
  const started = cpuMs()
  await traced('wide', async () => {
    for (let n = 0; n < count; n++) void leaf(n)
  })()
  await later(1)
  const wide = cpuMs() - started
  expect(spans).toHaveLength(count + 1)
  expect(new Set(spans.filter(span => span.key === 'leaf').map(span => span.seq)).size).toBe(count)
  spans.length = 0
  const down: (n: number) => Promise<number> = traced('down', async (n: number) => {
    await null
    return n === 0 ? 0 : (await down(n - 1)) + 1
  })
  const half = cpuMs()
  expect(await down(count)).toBe(count)
  const deep = cpuMs() - half
  expect(spans).toHaveLength(count + 1)
  // Quadratic growth would take minutes.
  expect(Math.max(wide, deep)).toBeLessThan(15_000)
})

test('sync recursion of depth 1,500 is recorded', () => {
  const { traced, spans } = tape()
  const down: (n: number) => number = traced('down', (n: number) => (n === 0 ? 0 : down(n - 1) + 1))
  expect(down(1500)).toBe(1500)
  expect(spans).toHaveLength(1501)
})

test('code after a call, and the sink, run outside its frame', async () => {
  const around: unknown[] = []
  const sink = {
    append: () => void around.push(currentFrame()),
    flush: async () => {},
    close: async () => {},
  }
  const { traced } = tape({ sink })
  traced('fine', () => 1)()
  expect(() =>
    traced('broken', () => {
      throw new Error('no')
    })(),
  ).toThrow('no')
  await traced('later', async () => later(1))()
  await expect(traced('never', async () => Promise.reject(new Error('no')))()).rejects.toThrow('no')
  for await (const _ of traced('stream', async function* () {
    yield 1
  })());
  expect([...around, currentFrame()]).toEqual(Array(6).fill(undefined))
})

test('spans record the order of all starts and ends, with a gap for each turn of the event loop', async () => {
  const { traced, of } = tape()
  const slow = traced('slow', async () => later(15))
  const quick = traced('quick', async () => later(2))
  const sync = traced('sync', () => 1)
  await traced('root', async () => {
    await Promise.race([slow(), quick()])
    sync()
  })()
  await later(20)
  const orders = ['root', 'slow', 'quick', 'sync'].map(key => [of(key).startOrder, of(key).endOrder])
  expect(orders).toEqual([
    [0, 7],
    [1, 9],
    [2, 4],
    [5, 6],
  ])
})
