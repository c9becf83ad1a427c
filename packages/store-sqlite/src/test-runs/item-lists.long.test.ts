import { DatabaseSync } from 'node:sqlite'
import type { ItemQuery, ItemRecord, ItemResult, ItemRow, Store } from '@runtape/core/store'
import { memoryStore } from '@runtape/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sqliteStore } from '../sqlite-store.ts'

const results = ['same', 'changed', 'unknown', 'failed'] as const satisfies readonly ItemResult[]
const testRunId = 'run'
const traceId = (index: number) => index.toString(16).padStart(32, '0')

const itemOf = (index: number, attempt: number, outcome: ItemResult): ItemRecord => ({
  sourceTraceId: traceId(index),
  ...(index % 4 === 0 && { sourceSpanId: 'a'.repeat(16) }),
  attempt,
  outcome,
  error: outcome === 'failed' ? `Error ${index}: ${'x'.repeat(index * 40)}` : null,
  originalError: null,
  traceId: index % 3 ? traceId(1000 + index * 10 + attempt) : null,
  recorded: { durationMs: index, tokens: null, model: 'm' },
  replay: { durationMs: attempt, tokens: null },
  scores: { polite: { score: (index % 10) / 10, pass: index % 2 === 0 } },
  calls: [{ kind: index % 2 ? 'served' : 'missed', key: 'a', name: 'a', reason: 'the same input' }],
})

/** What happens to a test run. */
type Step =
  | { readonly put: readonly [index: number, attempt: number, outcome: ItemResult] }
  | { readonly late: readonly [index: number, attempt: number, outcome: ItemResult] }
  | { readonly erase: number }
  | { readonly remember: true }

const index = fc.nat(11)
const attempt = fc.integer({ min: 1, max: 3 })
const outcome = fc.constantFrom(...results)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ put: fc.tuple(index, attempt, outcome) }) },
  { weight: 3, arbitrary: fc.record({ late: fc.tuple(index, attempt, outcome) }) },
  { weight: 1, arbitrary: fc.record({ erase: index }) },
  { weight: 2, arbitrary: fc.constant({ remember: true } as const) },
)

const query = fc.record(
  {
    only: fc.oneof(outcome, fc.uniqueArray(outcome, { maxLength: 4 })),
    limit: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<ItemQuery>

/** A store, and its revisions at the remembered steps. */
async function played(store: Store, steps: readonly Step[]) {
  await store.testRuns.start({ testRunId, key: 'a', sourceTraceIds: [] })
  const [revisions, receipts]: [string[], unknown[]] = [[], []]
  for (const one of steps) {
    if ('put' in one) receipts.push(await store.testRuns.putItem(testRunId, itemOf(...one.put)))
    else if ('late' in one) {
      const [at, attempt, outcome] = one.late
      const { sourceTraceId, sourceSpanId } = itemOf(at, attempt, outcome)
      const id = { sourceTraceId, ...(sourceSpanId !== undefined && { sourceSpanId }), attempt }
      receipts.push(
        await store.testRuns.putLate(testRunId, { ...id, outcome, lateErrors: ['late'], calls: [] }),
      )
    } else if ('erase' in one) receipts.push(await store.erase({ traceId: traceId(one.erase) }))
    else revisions.push(await store.revision())
  }
  return { store, revisions, receipts }
}

async function pagesOf(store: Store, given: ItemQuery): Promise<ItemRow[][]> {
  const pages: ItemRow[][] = []
  for (let cursor: string | undefined; ; ) {
    const page = await store.testRuns.items(testRunId, { ...given, ...(cursor !== undefined && { cursor }) })
    pages.push([...page.items])
    cursor = page.nextCursor
    if (cursor === undefined) return pages
  }
}

/** The same pages backwards. */
async function backFrom(store: Store, given: ItemQuery, pages: number): Promise<ItemRow[][]> {
  let page = await store.testRuns.items(testRunId, given)
  for (let at = 1; at < pages; at++)
    page = await store.testRuns.items(testRunId, { ...given, cursor: page.nextCursor as string })
  const back: ItemRow[][] = []
  for (let cursor = page.previousCursor; cursor !== undefined; cursor = page.previousCursor) {
    page = await store.testRuns.items(testRunId, { ...given, cursor })
    back.unshift([...page.items])
  }
  return back
}

describe('items of a test run', () => {
  test('are the same in SQLite and in memory: filters, pages both ways, late parts, erasure, revisions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.array(query, { minLength: 1, maxLength: 3 }),
        async (steps, queries) => {
          const [sqlite, memory] = [
            await played(sqliteStore(new DatabaseSync(':memory:')), steps),
            await played(memoryStore(), steps),
          ]
          expect(sqlite.receipts).toEqual(memory.receipts)
          for (const given of queries)
            for (let at = -1; at < memory.revisions.length; at++) {
              const asOf = (revisions: readonly string[]) =>
                at < 0 ? given : { ...given, asOf: revisions[at] as never }
              const expected = await pagesOf(memory.store, asOf(memory.revisions))
              expect(await pagesOf(sqlite.store, asOf(sqlite.revisions))).toEqual(expected)
              expect(await backFrom(sqlite.store, asOf(sqlite.revisions), expected.length)).toEqual(
                expected.slice(0, -1),
              )
            }
          await sqlite.store.close()
        },
      ),
      { numRuns: 100 },
    )
  })
})
