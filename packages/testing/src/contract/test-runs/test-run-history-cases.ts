import assert from 'node:assert/strict'
import { newTraceId } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { assertRefused, type StoreContractCase } from '../case.ts'
import { itemRecord } from './item-records.ts'

/** Everything that a store returns about a test run, as of a revision. */
async function known(store: Store, testRunId: string, asOf: string | number) {
  const [testRun, list, items] = [
    await store.testRuns.get(testRunId, { asOf }),
    await store.testRuns.list({ asOf }),
    testRunId === '' ? undefined : await store.testRuns.items(testRunId, { asOf }),
  ]
  return { testRun, list: list.items, rows: items?.items }
}

export const testRunHistoryCases: readonly StoreContractCase[] = [
  {
    title: 'asOf: test runs, items and verdicts are as they were known then',
    check: async ({ store }) => {
      const before = await store.revision()
      const { testRunId } = await store.testRuns.start({ key: 'k', sourceTraceIds: [newTraceId()] })
      const revisions: string[] = []
      const seen: unknown[] = []
      const note = async () => {
        revisions.push(await store.revision())
        seen.push(await known(store, testRunId, revisions.at(-1) ?? ''))
      }
      const item = itemRecord()
      const trace = item.traceId ?? ''
      await note()
      await store.testRuns.putItem(testRunId, item)
      await note()
      await store.testRuns.putVerdict(testRunId, trace, { pass: true, by: 'ada' })
      await note()
      const { sourceTraceId } = item
      await store.testRuns.putLate(testRunId, {
        sourceTraceId,
        attempt: 1,
        outcome: 'failed',
        lateErrors: ['late'],
        calls: [],
      })
      await note()
      await store.testRuns.withdrawVerdict(testRunId, trace)
      await note()
      await store.testRuns.complete(testRunId, 'interrupted')
      await note()
      await store.testRuns.complete(testRunId)
      await note()
      for (const [index, asOf] of revisions.entries())
        assert.deepEqual(await known(store, testRunId, asOf), seen[index])
      const now = await known(store, testRunId, revisions.at(-1) ?? '')
      assert.deepEqual(now.testRun, await store.testRuns.get(testRunId))
      assert.deepEqual(now.rows, (await store.testRuns.items(testRunId)).items)
      assert.equal(await store.testRuns.get(testRunId, { asOf: before }), undefined)
      assert.deepEqual((await store.testRuns.list({ asOf: before })).items, [])
      // The facts themselves, so that a store that ignores asOf everywhere does not pass.
      const at = async (index: number) => (await known(store, testRunId, revisions[index] ?? '')).testRun
      assert.equal((await at(0))?.items.recorded, 0)
      assert.equal((await at(1))?.items.same, 1)
      assert.equal((await at(2))?.verdicts[trace]?.pass, true)
      assert.equal((await at(3))?.items.failed, 1)
      assert.deepEqual((await at(4))?.verdicts, {})
      assert.deepEqual(await Promise.all([4, 5, 6].map(async index => (await at(index))?.status)), [
        'running',
        'interrupted',
        'completed',
      ])
      const asOf = revisions[1] ?? ''
      assert.equal((await store.testRuns.items(testRunId, { only: 'same', asOf })).items.length, 1)
      assert.equal((await store.testRuns.items(testRunId, { only: 'failed', asOf })).items.length, 0)
      assert.equal((await store.testRuns.item(testRunId, item, { asOf }))?.outcome, 'same')
      assert.equal((await store.testRuns.list({ status: 'running', asOf })).items.length, 1)
      assert.equal(
        (await store.testRuns.verdicts(testRunId, { asOf: revisions[2] ?? '' }))[0]?.withdrawn,
        undefined,
      )
    },
  },
  {
    title: 'testRuns: a revision that the store has not reached is refused',
    check: async ({ store }) => {
      const { testRunId } = await store.testRuns.start({ key: 'k', sourceTraceIds: [] })
      const asOf = 'r999999.999999.999999.999999'
      await assertRefused('invalid-option', () => store.testRuns.get(testRunId, { asOf }))
      await assertRefused('invalid-option', () => store.testRuns.list({ asOf }))
      await assertRefused('invalid-option', () => store.testRuns.items(testRunId, { asOf }))
    },
  },
]
