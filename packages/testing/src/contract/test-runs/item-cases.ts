import assert from 'node:assert/strict'
import { newRunId, newTraceId } from '@runtape/core/internal'
import type { ItemRecord, ItemResult, Store } from '@runtape/core/store'
import { span } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'
import { calls, itemRecord } from './item-records.ts'

/** A started test run. */
async function started(store: Store, items: readonly ItemRecord[] = []): Promise<string> {
  const sourceTraceIds = items.map(({ sourceTraceId }) => sourceTraceId)
  const { testRunId } = await store.testRuns.start({ key: 'support.answer', sourceTraceIds })
  for (const item of items)
    assert.deepEqual(await store.testRuns.putItem(testRunId, item), { status: 'accepted' })
  return testRunId
}

const rows = async (store: Store, testRunId: string, only?: ItemResult | readonly ItemResult[]) =>
  (await store.testRuns.items(testRunId, only === undefined ? {} : { only })).items

/** Checks that the store still has what was put, also after a restart. */
async function assertItem(store: Store, testRunId: string, item: ItemRecord): Promise<void> {
  const found = await store.testRuns.item(testRunId, item)
  assert.ok(found)
  const { callCounts, differences, ...record } = found
  assert.deepEqual(record, item)
  assert.equal(callCounts.served, 1)
  assert.equal(callCounts.ran, 3)
  assert.equal(callCounts.missedAndRan, 1)
  assert.equal(differences, 1)
}

export const itemCases: readonly StoreContractCase[] = [
  {
    title: 'testRuns.putItem: an item is kept with all its parts',
    check: async ({ store }) => {
      const item = itemRecord({ outcome: 'changed', reason: '{"a":1}\u0000', hint: 'höher', stopped: true })
      const testRunId = await started(store, [item])
      await assertItem(store, testRunId, item)
    },
  },
  {
    title: 'reopen: items, late errors and verdicts are still there',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      const item = itemRecord()
      const testRunId = await started(store, [item])
      await store.testRuns.putVerdict(testRunId, item.traceId ?? '', { pass: true, by: 'ada' })
      await store.testRuns.putVerdict(testRunId, item.traceId ?? '', { pass: false, by: 'bo' })
      await store.testRuns.withdrawVerdict(testRunId, item.traceId ?? '')
      const before = [await store.testRuns.get(testRunId), await store.testRuns.verdicts(testRunId)]
      await store.close()
      const again = (await reopen?.()) as Store
      await assertItem(again, testRunId, item)
      assert.deepEqual(
        [await again.testRuns.get(testRunId), await again.testRuns.verdicts(testRunId)],
        before,
      )
      await again.close()
    },
  },
  {
    title:
      'testRuns.putItem: the same again is a duplicate; another value is a conflict, and the first is kept',
    check: async ({ store }) => {
      const item = itemRecord()
      const testRunId = await started(store, [item])
      const put = (changed: ItemRecord) => store.testRuns.putItem(testRunId, changed)
      assert.deepEqual(await put({ ...item }), { status: 'duplicate' })
      // In the row, in the parts, and one that both sides lack.
      assert.deepEqual(await put({ ...item, outcome: 'failed', reason: 'x' }), { status: 'conflict' })
      assert.deepEqual(await put({ ...item, calls: calls.slice(1) }), { status: 'conflict' })
      assert.deepEqual(await put({ ...item, traceId: newTraceId() }), { status: 'conflict' })
      await assertItem(store, testRunId, item)
      assert.equal((await store.testRuns.get(testRunId))?.items.recorded, 1)
    },
  },
  {
    title: 'testRuns.putItem: attempts, calls in the middle of a trace, and test runs are apart',
    check: async ({ store }) => {
      const first = itemRecord()
      const { sourceTraceId } = first
      const second = itemRecord({ sourceTraceId, attempt: 2 })
      const middle = itemRecord({ sourceTraceId, sourceSpanId: '00000000000000b1' })
      const testRunId = await started(store, [first, second, middle])
      const other = await started(store, [itemRecord({ sourceTraceId, outcome: 'failed', reason: 'x' })])
      for (const item of [first, second, middle]) await assertItem(store, testRunId, item)
      const read = async (id: string, identity: { sourceSpanId?: string; attempt?: number }) =>
        (await store.testRuns.item(id, { sourceTraceId, ...identity }))?.traceId
      assert.equal(await read(testRunId, {}), first.traceId)
      assert.equal(await read(testRunId, { attempt: 2 }), second.traceId)
      assert.equal(await read(testRunId, { sourceSpanId: '00000000000000b1' }), middle.traceId)
      assert.equal(await read(testRunId, { attempt: 3 }), undefined)
      assert.equal((await store.testRuns.get(other))?.items.failed, 1)
      assert.equal((await store.testRuns.get(testRunId))?.items.recorded, 3)
    },
  },
  {
    title:
      'testRuns.items: in the order in which they were put, each once across pages, and only the wanted outcomes',
    check: async ({ store }) => {
      const outcomes = ['same', 'changed', 'failed', 'unknown', 'same', 'changed', 'same'] as const
      const items = outcomes.map(outcome => itemRecord({ outcome }))
      const testRunId = await started(store, items)
      await started(store, [itemRecord()])
      const late: unknown[] = []
      const listed = await allPages(
        cursor => store.testRuns.items(testRunId, { limit: 3, ...after(cursor) }),
        async () => late.push(await store.testRuns.putItem(testRunId, itemRecord({ outcome: 'failed' }))),
      )
      assert.deepEqual(
        listed.map(({ traceId }) => traceId),
        items.map(({ traceId }) => traceId),
      )
      const found = async (only: ItemResult | readonly ItemResult[]) =>
        (await rows(store, testRunId, only)).map(({ outcome }) => outcome)
      assert.deepEqual(await found('changed'), ['changed', 'changed'])
      assert.deepEqual(await found(['unknown', 'changed']), ['changed', 'unknown', 'changed'])
      assert.deepEqual(await found([]), [])
      const { items: counts } = (await store.testRuns.get(testRunId)) ?? {}
      assert.equal(late.length, 2)
      assert.deepEqual(counts, { recorded: 9, same: 3, changed: 2, unknown: 1, failed: 3 })
    },
  },
  {
    title:
      'testRuns.items: a row has the facts of an item, without calls, reasoning and the rest of a long text',
    check: async ({ store }) => {
      const item = itemRecord({ error: 'e'.repeat(100_000), outcome: 'failed', reason: 'r'.repeat(700) })
      const testRunId = await started(store, [item])
      const [row] = await rows(store, testRunId)
      assert.ok(row)
      assert.ok((row.error?.length ?? 0) <= 500 && (row.reason?.length ?? 0) <= 500)
      assert.ok(!('calls' in row) && !('diff' in row) && !('unread' in row))
      assert.deepEqual(row.scores, { polite: { score: 0.5, pass: true, version: '2', threshold: 0.4 } })
      assert.equal(row.callCounts.drifted, 1)
      assert.deepEqual(row.delta, item.delta)
      await assertItem(store, testRunId, item)
    },
  },
  {
    title: 'testRuns.putLate: what became known later changes how the item ended, once, and is counted',
    check: async ({ store }) => {
      const item = itemRecord()
      const testRunId = await started(store, [item, itemRecord()])
      const late = {
        sourceTraceId: item.sourceTraceId,
        attempt: 1,
        outcome: 'failed',
        reason: 'missed after the end: mail.send',
        lateErrors: ['it threw late'],
        calls: [{ kind: 'missed', key: 'mail.send', name: 'mail.send', reason: 'after the end' }],
      } as const
      const put = (changed: Partial<typeof late> = {}) =>
        store.testRuns.putLate(testRunId, { ...late, ...changed })
      assert.deepEqual(await put(), { status: 'accepted' })
      assert.deepEqual(await put(), { status: 'duplicate' })
      assert.deepEqual(await put({ lateErrors: ['other'] as never }), { status: 'conflict' })
      const found = await store.testRuns.item(testRunId, item)
      assert.equal(found?.outcome, 'failed')
      assert.deepEqual(found?.lateErrors, ['a timer threw', 'it threw late'])
      assert.deepEqual(found?.calls, [...calls, ...late.calls])
      const [row] = await rows(store, testRunId, 'failed')
      assert.equal(row?.reason, late.reason)
      assert.equal(row?.callCounts.missed, 2)
      assert.deepEqual((await store.testRuns.get(testRunId))?.items, {
        recorded: 2,
        same: 1,
        changed: 0,
        unknown: 0,
        failed: 1,
      })
      // The item itself is as it was put.
      assert.deepEqual(await store.testRuns.putItem(testRunId, item), { status: 'duplicate' })
      assert.deepEqual(await store.testRuns.putLate(testRunId, { ...late, attempt: 9 }), {
        status: 'duplicate',
      })
    },
  },
  {
    title: 'testRuns: items of an unknown test run, and impossible items, are refused',
    check: async ({ store }) => {
      const { putItem, items, item } = store.testRuns
      await assertRefused('invalid-option', () => putItem(newRunId(), itemRecord()))
      await assertRefused('invalid-option', () => items(newRunId()))
      await assertRefused('invalid-option', () => item(newRunId(), { sourceTraceId: 'a' }))
      const testRunId = await started(store)
      const refused = (fields: object) =>
        assertRefused('invalid-option', () => putItem(testRunId, { ...itemRecord(), ...fields }))
      await refused({ attempt: 0 })
      await refused({ sourceTraceId: '' })
      await refused({ outcome: 'passed' })
      await refused({ calls: undefined })
      await refused({ hint: 5n })
      await assertRefused('invalid-option', () => items(testRunId, { only: 'passed' as never }))
      await assertRefused('invalid-option', () => items(testRunId, { cursor: 'x' }))
      assert.deepEqual((await items(testRunId)).items, [])
    },
  },
  {
    title: 'erase, prune: items and verdicts of a removed trace are removed, and do not come back',
    check: async ({ store }) => {
      const [recording, other] = [span(), span()]
      const items = [recording, recording, other].map(({ traceId }, index) =>
        itemRecord({ sourceTraceId: traceId, attempt: index + 1 }),
      ) as [ItemRecord, ItemRecord, ItemRecord]
      await store.append([recording, other])
      const testRunId = await started(store, items)
      for (const { traceId, sourceTraceId } of items) {
        const replay = { testRunId, sourceTraceId, mocked: false }
        await store.append([span({ traceId: traceId ?? '', replay })])
        await store.testRuns.putVerdict(testRunId, traceId ?? '', { pass: false, comment: 'Ada Lovelace' })
      }
      // The recording, and with it its replays.
      await store.erase({ traceId: recording.traceId })
      assert.deepEqual(
        (await rows(store, testRunId)).map(({ traceId }) => traceId),
        [items[2].traceId],
      )
      assert.equal(await store.testRuns.item(testRunId, items[0]), undefined)
      assert.deepEqual(
        (await store.testRuns.verdicts(testRunId)).map(({ traceId }) => traceId),
        [items[2].traceId],
      )
      assert.deepEqual((await store.testRuns.get(testRunId))?.items, {
        recorded: 1,
        same: 1,
        changed: 0,
        unknown: 0,
        failed: 0,
        removed: 2,
      })
      assert.deepEqual(await store.testRuns.putItem(testRunId, items[1]), { status: 'duplicate' })
      await store.testRuns.putVerdict(testRunId, items[1].traceId ?? '', { pass: true, comment: 'Ada again' })
      // The replay alone.
      await store.erase({ traceId: items[2].traceId ?? '' })
      assert.deepEqual(await rows(store, testRunId), [])
      assert.deepEqual(await store.testRuns.verdicts(testRunId), [])
      assert.deepEqual((await store.testRuns.get(testRunId))?.verdicts, {})
    },
  },
  {
    title: 'testRuns.putItem: of two connections, the first wins',
    needs: 'connect',
    check: async ({ store, connect }) => {
      const other = (await connect?.()) as Store
      const item = itemRecord()
      const testRunId = await started(store, [item])
      assert.deepEqual(await other.testRuns.putItem(testRunId, item), { status: 'duplicate' })
      assert.deepEqual(await other.testRuns.putItem(testRunId, { ...item, outcome: 'changed' }), {
        status: 'conflict',
      })
      const second = itemRecord()
      const both = await Promise.all([store, other].map(each => each.testRuns.putItem(testRunId, second)))
      assert.deepEqual(both.map(({ status }) => status).sort(), ['accepted', 'duplicate'])
      assert.equal((await other.testRuns.get(testRunId))?.items.recorded, 2)
      await other.close()
    },
  },
]
