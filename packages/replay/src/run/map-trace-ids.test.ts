import { describe, expect, test } from 'vitest'
import type { ReplayItem } from '../report.ts'
import { mapTraceIds } from './map-trace-ids.ts'

function finished(traceId: string | null, error: string | null = null): ReplayItem {
  return { traceId, error } as ReplayItem
}

function map(items: ReplayItem[], completion: object) {
  const warnings: string[] = []
  const mapped = mapTraceIds(items, completion, 'run-1', { warn: message => void warnings.push(message) })
  return { ids: mapped.map(({ traceId }) => traceId), warnings }
}

describe('mapTraceIds', () => {
  test("sets each item's id in the store, without a warning", () => {
    const { ids, warnings } = map([finished('a'), finished('b')], { traceIds: { a: 'row-1', b: 'row-2' } })
    expect(ids).toEqual(['row-1', 'row-2'])
    expect(warnings).toEqual([])
  })

  test.each([[undefined], [null]])('warns and sets null if the store has no map (%s)', traceIds => {
    const { ids, warnings } = map([finished('a'), finished(null, 'bad')], { traceIds })
    expect(ids).toEqual([null, null])
    expect(warnings).toEqual([expect.stringContaining('did not say which traces of test run run-1 it keeps')])
  })

  test('throws if all completed items are missing, with the number of kept traces', () => {
    const items = [finished('a'), finished('b'), finished('c', 'failed')]
    expect(() => map(items, { traceIds: { c: 'row-3' }, traceCount: 1 })).toThrow(
      expect.objectContaining({
        code: 'replay-not-persisted',
        message: expect.stringMatching(
          /lacks the traces of 2 of 2 completed items of test run run-1. It keeps 1 traces/,
        ),
      }),
    )
  })

  test('warns and sets null for missing ones if others exist', () => {
    const { ids, warnings } = map([finished('a'), finished('b')], { traceIds: { b: 'row-2' } })
    expect(ids).toEqual([null, 'row-2'])
    expect(warnings).toEqual([
      expect.stringMatching(/lacks the traces of 1 of 2 completed items.*Missing: a$/),
    ])
  })

  test('maps failed items too, and does not count them as missing', () => {
    const items = [finished('a', 'threw'), finished('b', 'threw'), finished(null, 'no such trace')]
    expect(map(items, { traceIds: { a: 'row-1' } })).toEqual({ ids: ['row-1', null, null], warnings: [] })
  })

  test('accepts an empty list', () => {
    expect(map([], { traceIds: {} })).toEqual({ ids: [], warnings: [] })
  })
})
