import assert from 'node:assert/strict'
import type { SpanRecord } from '@runtape/core'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import { span } from '../../records.ts'
import type { StoreContractCase } from '../case.ts'

/** A root, two children with two children each; parents first. */
function smallTree(): readonly SpanRecord[] {
  const traceId = newTraceId()
  const root = span({ traceId, name: 'root' })
  const below = (parent: SpanRecord, seq: number) =>
    span({ traceId, parentSpanId: parent.spanId, seq, name: `${parent.name}.${seq}` })
  const children = [below(root, 0), below(root, 1)]
  return [root, ...children, ...children.flatMap(child => [below(child, 0), below(child, 1)])]
}

/** Checks that parents come before children, and siblings in order of start. */
function assertTreeOrder(spans: readonly SpanRecord[]): void {
  const place = new Map(spans.map((each, index) => [each.spanId, index]))
  const lastSeq = new Map<string | undefined, number>()
  for (const [index, each] of spans.entries()) {
    const parent = each.parentSpanId
    assert.ok(
      parent === undefined || (place.get(parent) ?? -1) < index,
      `${each.name} comes before its parent`,
    )
    assert.ok((lastSeq.get(parent) ?? -1) < each.seq, `${each.name} comes before an earlier sibling`)
    lastSeq.set(parent, each.seq)
  }
}

export const traceCases: readonly StoreContractCase[] = [
  {
    title: 'traces.get: an unknown trace and an unknown span are undefined',
    check: async ({ store }) => {
      const root = span()
      await store.append([root])
      assert.equal(await store.traces.get(newTraceId()), undefined)
      assert.equal(await store.traces.getSpan(newTraceId(), root.spanId), undefined)
      assert.equal(await store.traces.getSpan(root.traceId, newSpanId()), undefined)
    },
  },
  {
    title: 'traces.get: returns the root and all spans of this trace only',
    check: async ({ store }) => {
      const tree = smallTree()
      await store.append([...smallTree(), ...tree, ...smallTree()])
      const [root] = tree as [SpanRecord]
      const trace = await store.traces.get(root.traceId)
      assert.equal(trace?.traceId, root.traceId)
      assert.deepEqual(trace?.root, root)
      assert.deepEqual(new Set(trace?.spans), new Set(tree))
    },
  },
  {
    title: 'traces.get: parents precede children, and children are in seq order, in any arrival order',
    check: async ({ store }) => {
      const tree = smallTree()
      const [root] = tree as [SpanRecord]
      for (const each of tree.toReversed()) await store.append([each])
      const trace = await store.traces.get(root.traceId)
      assert.equal(trace?.spans.length, 7)
      assert.deepEqual(trace?.spans[0], root)
      assertTreeOrder(trace?.spans ?? [])
    },
  },
  {
    title: 'traces.get: seq is compared as a number, also beyond ten children',
    check: async ({ store }) => {
      const root = span()
      const { traceId, spanId: parentSpanId } = root
      const children = Array.from({ length: 12 }, (_, seq) => span({ traceId, parentSpanId, seq }))
      await store.append([root, ...children.toReversed()])
      assert.deepEqual((await store.traces.get(traceId))?.spans, [root, ...children])
    },
  },
  {
    title: 'traces.get: a trace is undefined until its root arrives; its spans are readable before',
    check: async ({ store }) => {
      const tree = smallTree()
      const [root, child] = tree as [SpanRecord, SpanRecord]
      await store.append(tree.slice(1))
      assert.equal(await store.traces.get(root.traceId), undefined)
      assert.deepEqual(await store.traces.getSpan(child.traceId, child.spanId), child)
      assert.deepEqual((await store.traces.list()).items, [])
      await store.append([root])
      assert.equal((await store.traces.get(root.traceId))?.spans.length, 7)
      assert.equal((await store.traces.list()).items.length, 1)
    },
  },
  {
    title: 'traces.get: spans with a missing parent, or in a cycle, are part of the trace',
    check: async ({ store }) => {
      const root = span()
      const { traceId } = root
      const orphan = span({ traceId, parentSpanId: newSpanId() })
      const [a, b] = [newSpanId(), newSpanId()]
      const circle = [
        span({ traceId, spanId: a, parentSpanId: b }),
        span({ traceId, spanId: b, parentSpanId: a }),
        span({ traceId, spanId: 'ffffffffffffffff', parentSpanId: 'ffffffffffffffff' }),
      ]
      await store.append([orphan, ...circle, root])
      const spans = (await store.traces.get(traceId))?.spans ?? []
      assert.equal(spans.length, 5)
      assert.deepEqual(spans[0], root)
      assert.deepEqual(new Set(spans.map(each => each.spanId)).size, 5)
    },
  },
  {
    title: 'traces.get: a trace of depth 5,000 is complete',
    check: async ({ store }) => {
      const traceId = newTraceId()
      const chain = [span({ traceId })]
      while (chain.length < 5000) chain.push(span({ traceId, parentSpanId: chain.at(-1)?.spanId }))
      await store.append(chain)
      const spans = (await store.traces.get(traceId))?.spans ?? []
      assert.deepEqual(
        spans.map(each => each.spanId),
        chain.map(each => each.spanId),
      )
    },
  },
]
