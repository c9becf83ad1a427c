import { newTraceId } from '@runtape/core/internal'
import { span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSubject } from '../../test/subject.ts'

async function withTraces(count: number) {
  const subject = await testSubject()
  const traces = Array.from({ length: count }, newTraceId)
  await subject.store.append(traces.map(traceId => span({ traceId })))
  return { ...subject, traces }
}

test('a cohort of thousands of traces keeps its order, and a trace that was removed and added again is last', async () => {
  const { store, dispose, traces } = await withTraces(2500)
  await store.cohorts.create('large', { put: traces.map(traceId => ({ traceId })) })
  const [first = '', second = ''] = traces
  await store.cohorts.change('large', { remove: [first], put: [{ traceId: second, note: 'kept its place' }] })
  const changed = await store.cohorts.change('large', { put: [{ traceId: first }] })
  expect(changed).toMatchObject({ version: 3, size: 2500, added: 1, changed: 0, removed: 0, gone: 0 })
  const idsOf = async (cohort: string) =>
    (await store.cohorts.entries(cohort, { limit: 3000 })).items.map(({ traceId }) => traceId)
  expect(await idsOf('large')).toEqual([...traces.slice(1), first])
  expect(await idsOf('large@1')).toEqual(traces)
  expect((await store.cohorts.entries('large@1', { traceId: second })).items[0]?.note).toBeUndefined()
  await dispose?.()
})

test('of two that create the same cohort at the same time, one is refused', async () => {
  const { store, connect, dispose, traces } = await withTraces(2)
  const other = await connect?.()
  const results = await Promise.allSettled(
    [store, other].map((one, at) => one?.cohorts.create('same', { put: [{ traceId: traces[at] ?? '' }] })),
  )
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await store.cohorts.get('same')).toMatchObject({ version: 1, size: 1 })
  await other?.close()
  await dispose?.()
})
