import assert from 'node:assert/strict'
import { newRunId, newTraceId } from '@runtape/core/internal'
import type { Store, Verdict } from '@runtape/core/store'
import { assertRefused, type StoreContractCase } from '../case.ts'

const started = async (store: Store): Promise<string> =>
  (await store.testRuns.start({ key: 'support.answer', sourceTraceIds: [newTraceId()] })).testRunId

const timeless = ({ at: _, ...verdict }: Verdict): Omit<Verdict, 'at'> => verdict

async function standing(store: Store, testRunId: string, traceId: string) {
  const verdict = (await store.testRuns.get(testRunId))?.verdicts[traceId]
  return verdict && timeless(verdict)
}

export const verdictCases: readonly StoreContractCase[] = [
  {
    title:
      'testRuns.putVerdict: the newest verdict on a trace counts, and all are kept in order with their time',
    check: async ({ store }) => {
      const testRunId = await started(store)
      const [one, two] = [newTraceId(), newTraceId()]
      const before = Date.now()
      await store.testRuns.putVerdict(testRunId, one, { pass: false, by: 'ada', comment: 'zu lang' })
      await store.testRuns.putVerdict(testRunId, two, { pass: false })
      await store.testRuns.putVerdict(testRunId, one, { pass: true, by: 'bo' })
      await store.testRuns.putVerdict(testRunId, two, { pass: true, comment: '' })
      assert.deepEqual(await standing(store, testRunId, one), { pass: true, by: 'bo' })
      assert.deepEqual(await standing(store, testRunId, two), { pass: true, comment: '' })
      const history = await store.testRuns.verdicts(testRunId)
      assert.deepEqual(history.map(timeless), [
        { traceId: one, pass: false, by: 'ada', comment: 'zu lang' },
        { traceId: two, pass: false },
        { traceId: one, pass: true, by: 'bo' },
        { traceId: two, pass: true, comment: '' },
      ])
      for (const { at = 0 } of history) assert.ok(at >= before && at <= Date.now())
      const ofOne = await store.testRuns.verdicts(testRunId, { traceId: one })
      assert.deepEqual(
        ofOne.map(({ by }) => by),
        ['ada', 'bo'],
      )
    },
  },
  {
    title: 'testRuns.withdrawVerdict: the newest is withdrawn, the one before it counts again, and both stay',
    check: async ({ store }) => {
      const testRunId = await started(store)
      const trace = newTraceId()
      await store.testRuns.putVerdict(testRunId, trace, { pass: true, by: 'ada' })
      await store.testRuns.putVerdict(testRunId, trace, { pass: false, by: 'ada' })
      assert.equal(await store.testRuns.withdrawVerdict(testRunId, trace), true)
      assert.deepEqual(await standing(store, testRunId, trace), { pass: true, by: 'ada' })
      assert.equal(await store.testRuns.withdrawVerdict(testRunId, trace), true)
      assert.equal(await standing(store, testRunId, trace), undefined)
      assert.equal(await store.testRuns.withdrawVerdict(testRunId, trace), false)
      const history = await store.testRuns.verdicts(testRunId)
      assert.deepEqual(
        history.map(({ pass, withdrawn }) => [pass, (withdrawn?.at ?? 0) > 0]),
        [
          [true, true],
          [false, true],
        ],
      )
      await store.testRuns.putVerdict(testRunId, trace, { pass: false })
      assert.deepEqual(await standing(store, testRunId, trace), { pass: false })
    },
  },
  {
    title: "testRuns.withdrawVerdict: a person withdraws only their own, also below another's",
    check: async ({ store }) => {
      const testRunId = await started(store)
      const trace = newTraceId()
      await store.testRuns.putVerdict(testRunId, trace, { pass: true, by: 'ada' })
      await store.testRuns.putVerdict(testRunId, trace, { pass: false, by: 'bo' })
      assert.equal(await store.testRuns.withdrawVerdict(testRunId, trace, { by: 'cy' }), false)
      assert.equal(await store.testRuns.withdrawVerdict(testRunId, newTraceId()), false)
      assert.equal(await store.testRuns.withdrawVerdict(testRunId, trace, { by: 'ada' }), true)
      assert.deepEqual(await standing(store, testRunId, trace), { pass: false, by: 'bo' })
      const [first, second] = await store.testRuns.verdicts(testRunId)
      assert.equal(first?.withdrawn?.by, 'ada')
      assert.equal(second?.withdrawn, undefined)
    },
  },
  {
    title: 'testRuns: a verdict that is none, and an unknown argument, are refused',
    check: async ({ store }) => {
      const testRunId = await started(store)
      const { putVerdict, withdrawVerdict, verdicts } = store.testRuns
      const trace = newTraceId()
      await assertRefused('invalid-option', () => putVerdict(testRunId, trace, { pass: 'yes' } as never))
      await assertRefused('invalid-option', () =>
        putVerdict(testRunId, trace, { pass: true, by: 7 } as never),
      )
      await assertRefused('invalid-option', () => withdrawVerdict(testRunId, trace, { who: 'a' } as never))
      await assertRefused('invalid-option', () => verdicts(testRunId, { trace } as never))
      await assertRefused('invalid-option', () => withdrawVerdict(newRunId(), trace))
      await assertRefused('invalid-option', () => verdicts(newRunId()))
      assert.deepEqual(await verdicts(testRunId), [])
    },
  },
]
