import { newTraceId } from '@runtape/core/internal'
import type { ItemRecord, LateItem } from '@runtape/core/store'
import { expect, test } from 'vitest'
import { testSubject } from '../../test/subject.ts'

const sourceTraceId = newTraceId()

const item: ItemRecord = {
  sourceTraceId,
  attempt: 1,
  outcome: 'same',
  error: null,
  originalError: null,
  traceId: null,
  recorded: { durationMs: 1, tokens: null, model: null },
  replay: { durationMs: 1, tokens: null },
  scores: {},
  calls: [],
}

const late = (error: string): LateItem => ({
  sourceTraceId,
  attempt: 1,
  outcome: 'failed',
  lateErrors: [error],
  calls: [],
})

/** Two stores of the same schema, and a test run. */
async function twoStores(testRunId = 'run') {
  const { store, connect, dispose } = await testSubject()
  const other = await connect?.()
  if (!other) throw new Error('no second connection')
  await store.testRuns.start({ testRunId, key: 'k', sourceTraceIds: [sourceTraceId] })
  const end = async () => {
    await other.close()
    await dispose?.()
  }
  return { stores: [store, other] as const, end }
}

test('of two that withdraw a verdict at the same time, each withdraws another one', async () => {
  const { stores, end } = await twoStores()
  const [{ testRuns }] = stores
  for (const by of ['ann', 'bob', 'cy']) await testRuns.putVerdict('run', 't', { pass: by === 'ann', by })
  const withdrawn = await Promise.all(stores.map(one => one.testRuns.withdrawVerdict('run', 't')))
  expect(withdrawn).toEqual([true, true])
  expect((await testRuns.get('run'))?.verdicts).toMatchObject({ t: { by: 'ann' } })
  expect(await testRuns.withdrawVerdict('run', 't')).toBe(true)
  expect(await testRuns.withdrawVerdict('run', 't')).toBe(false)
  await end()
})

test('of two late parts of an item at the same time, one is accepted and the other is a conflict', async () => {
  const { stores, end } = await twoStores()
  const [{ testRuns }] = stores
  await testRuns.putItem('run', item)
  const receipts = await Promise.all(
    stores.map((one, index) => one.testRuns.putLate('run', late(`error ${index}`))),
  )
  expect(receipts.map(({ status }) => status).sort()).toEqual(['accepted', 'conflict'])
  const first = receipts.findIndex(({ status }) => status === 'accepted')
  expect((await testRuns.item('run', item))?.lateErrors).toEqual([`error ${first}`])
  await end()
})

test('ids of any length and text are kept exactly, and those with the same start are apart', async () => {
  const long = `${'x'.repeat(5000)}\u0000\ud800`
  const { stores, end } = await twoStores(`${long}a`)
  const [{ testRuns }] = stores
  await testRuns.start({ testRunId: `${long}b`, key: long, sourceTraceIds: [] })
  await testRuns.putItem(`${long}a`, { ...item, sourceSpanId: long })
  await testRuns.putVerdict(`${long}a`, long, { pass: true, by: long, comment: long })
  expect(await testRuns.get(`${long}a`)).toMatchObject({
    testRunId: `${long}a`,
    items: { recorded: 1 },
    verdicts: { [long]: { by: long, comment: long } },
  })
  expect(await testRuns.get(`${long}b`)).toMatchObject({ key: long, items: { recorded: 0 }, verdicts: {} })
  expect((await testRuns.list({ key: long })).items.map(run => run.testRunId)).toEqual([`${long}b`])
  expect(await testRuns.withdrawVerdict(`${long}a`, long, { by: long })).toBe(true)
  await end()
})
