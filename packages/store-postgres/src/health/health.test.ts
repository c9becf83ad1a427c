import type { HealthReport } from '@runtape/core/store'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSubject } from '../../test/subject.ts'

const report = (count: number): HealthReport => ({
  reporter: 'r',
  counts: [{ kind: 'dropped-span', count, firstAt: 1, lastAt: 2, samples: [] }],
})

test('a report that arrives on two connections at the same time counts once', async () => {
  const { store, connect, dispose } = await testSubject()
  const other = await connect?.()
  await Promise.all([store, other, store, other].map(one => one?.health.report?.(report(7))))
  expect((await store.health.get()).counts).toMatchObject([{ kind: 'dropped-span', count: 7 }])
  await other?.close()
  await dispose?.()
})

test('conflicts in one append, also repeated ones, count once each', async () => {
  const { store, dispose } = await testSubject()
  const outcome = (status: 'success' | 'error') =>
    runEvent({ runId: 'run', metric: 'outcome', value: { status } })
  await store.append([outcome('success'), outcome('error'), outcome('error')])
  await store.append([outcome('error')])
  const [conflict] = (await store.health.get()).counts
  expect(conflict).toMatchObject({
    kind: 'conflict',
    count: 1,
    samples: [{ kept: '{"status":"success"}', refused: '{"status":"error"}' }],
  })
  await dispose?.()
})
