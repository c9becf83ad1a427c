import { newTraceId } from '@runtape/core/internal'
import { runEvent, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSubject } from '../../test/subject.ts'

test('of two reviewers on two connections that claim the only open item, one gets it', async () => {
  const { store, connect, dispose } = await testSubject()
  const other = await connect?.()
  await store.append([runEvent({ runId: 'only', metric: 'outcome', value: { status: 'success' } })])
  const next = (by: string, at = store) => at.reviews.next({ runs: {}, by })
  const got = await Promise.all([next('ann'), next('bob', other)])
  expect(got.filter(item => item !== undefined)).toMatchObject([{ runId: 'only' }])
  await other?.close()
  await dispose?.()
})

test('of two withdrawals at the same time, each withdraws another review', async () => {
  const { store, connect, dispose } = await testSubject()
  const other = await connect?.()
  const traceId = newTraceId()
  await store.append([span({ traceId })])
  for (const pass of [true, false]) await store.reviews.put({ traceId, by: 'ann', pass })
  const withdrawn = await Promise.all(
    [store, other].map(one => one?.reviews.withdraw({ traceId, by: 'ann' })),
  )
  expect(new Set(withdrawn.map(review => review?.reviewId)).size).toBe(2)
  expect((await store.reviews.list({ traceId })).items).toEqual([])
  expect((await store.reviews.list({ traceId, history: true })).items).toHaveLength(2)
  await other?.close()
  await dispose?.()
})
