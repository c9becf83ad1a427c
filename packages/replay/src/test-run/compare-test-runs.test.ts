import { newTraceId } from '@runtape/core/internal'
import type { ItemRecord, Store } from '@runtape/core/store'
import { memoryStore } from '@runtape/testing'
import { expect, test } from 'vitest'
import { compareTestRuns } from './compare-test-runs.ts'

const item = (fields: Partial<ItemRecord>): ItemRecord => ({
  sourceTraceId: 's',
  attempt: 1,
  outcome: 'same',
  error: null,
  originalError: null,
  traceId: newTraceId(),
  recorded: { durationMs: 1, tokens: null, model: null },
  replay: { durationMs: 1, tokens: null },
  scores: {},
  calls: [],
  ...fields,
})

const scored = (score: number, version?: string): Partial<ItemRecord> => ({
  outcome: 'changed',
  scores: { polite: { score, ...(version !== undefined && { version }) } },
})

type Side = Partial<ItemRecord> & { readonly verdict?: boolean }

async function put(store: Store, testRunId: string, sides: readonly Side[], key = 'k'): Promise<void> {
  await store.testRuns.start({
    testRunId,
    key,
    sourceTraceIds: sides.map(({ sourceTraceId = 's' }) => sourceTraceId),
  })
  for (const { verdict, ...fields } of sides) {
    const record = item(fields)
    await store.testRuns.putItem(testRunId, record)
    if (verdict !== undefined)
      await store.testRuns.putVerdict(testRunId, record.traceId ?? '', { pass: verdict })
  }
}

async function changeOf(a: Side, b: Side) {
  const store = memoryStore()
  await put(store, 'a', [a])
  await put(store, 'b', [b])
  const { sources } = await compareTestRuns(store, 'a', 'b')
  return [sources[0]?.change, sources[0]?.reason]
}

const failed = { outcome: 'failed', error: 'x', reason: 'x' } as const

test.each<[string, Side, Side, string, string]>([
  [
    'a verdict before scores',
    { ...scored(1), verdict: false },
    { ...scored(0), verdict: true },
    'better',
    'verdict: fail → pass',
  ],
  ['a verdict that got worse', { verdict: true }, { verdict: false }, 'worse', 'verdict: pass → fail'],
  ['a failure that is gone', failed, {}, 'better', 'failed → same'],
  ['a new failure', scored(0), { ...failed, ...{ scores: {} } }, 'worse', 'changed → failed'],
  ['two failures', failed, failed, 'same', 'both failed'],
  ['a higher score', scored(0.4), scored(0.9), 'better', 'polite: 0.4 → 0.9'],
  ['a lower score', scored(0.4), scored(0.2), 'worse', 'polite: 0.4 → 0.2'],
  ['the same score by rounding', scored(0.1 + 0.2), scored(0.3), 'same', 'equal scores'],
  ['scores of two versions', scored(0.1, '1'), scored(0.9, '2'), 'unknown', 'polite: version 1 and 2'],
  [
    'a score in one only',
    scored(0.1),
    { outcome: 'changed', scoreErrors: { polite: 'x' } },
    'unknown',
    'polite: no score in the second',
  ],
  ['an evaluator of one only', { scores: { polite: { score: 1 } } }, {}, 'same', 'both as recorded'],
  ['two as recorded', {}, {}, 'same', 'both as recorded'],
  [
    'one as recorded',
    {},
    { outcome: 'changed' },
    'unknown',
    'same → changed, and no evaluator or person judged it',
  ],
  [
    'two unknown',
    { outcome: 'unknown' },
    { outcome: 'unknown' },
    'unknown',
    'unknown → unknown, and no evaluator or person judged it',
  ],
])('%s', async (_title, a, b, change, reason) => {
  expect(await changeOf(a, b)).toEqual([change, reason])
})

test('one better and one worse score say nothing', async () => {
  const scores = (polite: number, short: number) => ({
    outcome: 'changed' as const,
    scores: { polite: { score: polite }, short: { score: short } },
  })
  const [change, reason] = await changeOf(scores(0, 1), scores(1, 0))
  expect(change).toBe('unknown')
  expect(reason).toBe('polite: 0 → 1; short: 1 → 0')
})

test('sources are joined, each once, and those in one test run only are listed', async () => {
  const store = memoryStore()
  const of = (sourceTraceId: string, fields: Side = {}) => ({ sourceTraceId, ...fields })
  const middle = { sourceSpanId: '00000000000000a1' }
  await put(store, 'a', [of('x'), of('y'), of('y', middle), of('z'), of('z', { attempt: 2, ...failed })])
  await put(store, 'b', [of('z'), of('y', middle), of('w')])
  const { sources, counts } = await compareTestRuns(store, 'a', 'b')
  expect(
    sources.map(({ sourceTraceId, sourceSpanId, a, b }) => [sourceTraceId, sourceSpanId, !!a, !!b]),
  ).toEqual([
    ['x', undefined, true, false],
    ['y', undefined, true, false],
    ['y', '00000000000000a1', true, true],
    ['z', undefined, true, true],
    ['w', undefined, false, true],
  ])
  // Of several attempts the worst.
  expect(sources[3]).toMatchObject({ change: 'better', reason: 'failed → same', a: { attempts: 2 } })
  expect(counts).toEqual({ better: 1, worse: 0, same: 1, unknown: 0, onlyInA: 2, onlyInB: 1 })
})

test('test runs of two functions, and unknown ones, are refused', async () => {
  const store = memoryStore()
  await put(store, 'a', [{}])
  await put(store, 'b', [{}], 'other')
  await expect(compareTestRuns(store, 'a', 'b')).rejects.toThrow(/replays 'k' and b replays 'other'/)
  await expect(compareTestRuns(store, 'a', 'c')).rejects.toMatchObject({ code: 'invalid-option' })
})
