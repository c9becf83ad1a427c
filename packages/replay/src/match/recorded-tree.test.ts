import type { SpanRecord } from '@runtape/core'
import { payload, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { RecordedTree } from './recorded-tree.ts'

const id = (n: number) => n.toString(16).padStart(16, '0')
const root = span({ spanId: id(0), key: 'root' })

function child(n: number, parent: number, key: string, more: Partial<SpanRecord> = {}): SpanRecord {
  const { traceId } = root
  return span({ traceId, spanId: id(n), parentSpanId: id(parent), key, seq: n, input: payload([]), ...more })
}

const treeOf = (spans: SpanRecord[]) =>
  new RecordedTree({ traceId: root.traceId, root, spans: [root, ...spans] })
const all = () => true

function take(
  tree: RecordedTree,
  parent: number,
  key: string,
  name = key,
  state: 'ran' | 'answered' = 'answered',
) {
  const match = tree.take(id(parent), key, name, payload([]))
  if (match) match.call.state = state
  return match && Number.parseInt(match.call.span.spanId, 16)
}

const unused = (tree: RecordedTree, counts: (span: SpanRecord) => boolean = all) =>
  [...tree.unused(counts)].map(({ spanId }) => Number.parseInt(spanId, 16))

describe('take', () => {
  test('searches only under the parent', () => {
    const tree = treeOf([
      child(1, 0, 'branch'),
      child(2, 0, 'branch'),
      child(3, 1, 'leaf'),
      child(4, 2, 'leaf'),
    ])
    expect([
      take(tree, 2, 'leaf'),
      take(tree, 1, 'leaf'),
      take(tree, 1, 'leaf'),
      take(tree, 0, 'leaf'),
    ]).toEqual([4, 3, undefined, undefined])
  })

  test('never joins key and name, whatever characters they contain', () => {
    const tree = treeOf([child(1, 0, 'a:b', { name: 'c' }), child(2, 0, 'a', { name: 'b:c' })])
    expect(take(tree, 0, 'a', 'b:c')).toBe(2)
    expect(take(tree, 0, 'a', 'b:c')).toBeUndefined()
    expect(take(tree, 0, 'a:b', 'c')).toBe(1)
  })

  test('distinguishes calls of one key by name', () => {
    const tree = treeOf([child(1, 0, 'tool', { name: 'search' }), child(2, 0, 'tool', { name: 'fetch' })])
    expect(take(tree, 0, 'tool', 'fetch')).toBe(2)
    expect(take(tree, 0, 'tool')).toBeUndefined()
  })

  test('never returns the root', () => {
    expect(take(treeOf([]), 0, 'root')).toBeUndefined()
  })
})

describe('unused', () => {
  test('lists a call that was not made, and none under it', () => {
    const tree = treeOf([child(1, 0, 'a'), child(2, 1, 'b'), child(3, 0, 'c')])
    expect(unused(tree)).toEqual([1, 3])
  })

  test('searches under calls that ran, and not under answered ones', () => {
    const tree = treeOf([child(1, 0, 'a'), child(2, 1, 'b'), child(3, 0, 'c'), child(4, 3, 'd')])
    take(tree, 0, 'a', 'a', 'ran')
    take(tree, 0, 'c')
    expect(unused(tree)).toEqual([2])
  })

  test('searches under calls that do not count', () => {
    const tree = treeOf([
      child(1, 0, 'a'),
      child(2, 1, 'b', { mockOnReplay: true }),
      child(3, 2, 'b', { mockOnReplay: true }),
    ])
    expect(unused(tree, call => call.mockOnReplay === true)).toEqual([2])
  })

  test('terminates with cyclic parents and duplicate ids', () => {
    const round = [child(1, 2, 'a'), child(2, 1, 'b'), child(3, 3, 'c')]
    const twice = [child(4, 0, 'd'), child(4, 4, 'd'), child(0, 4, 'root')]
    expect(unused(treeOf([...round, ...twice]))).toEqual([4])
    expect(unused(treeOf(twice), () => false)).toEqual([])
  })

  test('walks 100,000 levels', () => {
    const spans = Array.from({ length: 100_000 }, (_, level) => child(level + 1, level, 'step'))
    expect(unused(treeOf(spans), ({ spanId }) => spanId === id(100_000))).toEqual([100_000])
  })
})
