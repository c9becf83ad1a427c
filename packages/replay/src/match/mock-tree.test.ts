import { describe, expect, test } from 'vitest'
import { buildMockTree, type MockTreeNode } from './mock-tree.ts'

const node = (
  traceFunctionKey: string,
  spanName: string | null,
  output: unknown,
  children: MockTreeNode[] = [],
) => ({
  traceFunctionKey,
  spanName,
  sourceSpanId: `span-${output}`,
  output,
  outputMeta: { of: output },
  children,
})

describe('buildMockTree', () => {
  test('counts calls of one key and name from top to bottom, without the root', () => {
    const root = node('agent', 'agent', 'root', [
      node('tool', 'search', 1, [node('tool', 'search', 2)]),
      node('tool', 'fetch', 3),
      node('tool', 'search', 4),
    ])
    expect([...buildMockTree(root)].map(([key, { output }]) => [key, output])).toEqual([
      ['tool:search:0', 1],
      ['tool:search:1', 2],
      ['tool:fetch:0', 3],
      ['tool:search:2', 4],
    ])
  })

  test('keeps id, output and meta of each call', () => {
    const tree = buildMockTree({ children: [node('tool', 'search', 1)] })
    expect(tree.get('tool:search:0')).toEqual({ sourceSpanId: 'span-1', output: 1, outputMeta: { of: 1 } })
  })

  test('counts a call without a name under its key', () => {
    const tree = buildMockTree({
      children: [node('tool', null, 1), node('tool', '', 2), node('tool', 'tool', 3)],
    })
    expect([...tree.keys()]).toEqual(['tool:tool:0', 'tool:tool:1', 'tool:tool:2'])
  })

  test('skips a call without a key, but not its children', () => {
    const keyless = { traceFunctionKey: '', children: [node('tool', null, 1)] }
    const tree = buildMockTree({ children: [keyless, { traceFunctionKey: null, children: null }] })
    expect([...tree.keys()]).toEqual(['tool:tool:0'])
  })

  test('is empty for only a root', () => {
    expect(buildMockTree({}).size).toBe(0)
  })

  test('walks 100,000 levels, and 100,000 children', () => {
    let deep: MockTreeNode = node('step', null, 0)
    for (let level = 1; level < 100_000; level++) deep = node('step', null, level, [deep])
    expect(buildMockTree({ children: [deep] }).get('step:step:99999')?.output).toBe(0)
    const wide = Array.from({ length: 100_000 }, (_, index) => node('step', null, index))
    expect(buildMockTree({ children: wide }).get('step:step:99999')?.output).toBe(99_999)
  })
})
