import assert from 'node:assert/strict'
import { newRunId } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../records.ts'
import { assertRefused, type StoreContractCase } from './case.ts'

const day = 86_400_000
const lists = (store: Store): ((query: object) => Promise<unknown>)[] => [
  query => store.runs.list(query),
  query => store.runs.usage(query),
  query => store.traces.list(query),
  query => store.testRuns.list(query),
]

/** `testTime` in every accepted form. */
const times = [
  testTime,
  new Date(testTime),
  new Date(testTime).toISOString(),
  new Date(testTime).toISOString().slice(0, 16),
  new Date(testTime).toISOString().replace('Z', '+00:00'),
]

const bad: readonly object[] = [
  { since: Number.NaN },
  { since: 'last week' },
  { since: '2026-02-30' },
  { since: null },
  { since: testTime / 1000 },
  { until: 0 },
  { until: new Date(Number.NaN) },
  { until: {} },
  { sinc: testTime },
  { configkey: 'support' },
  { where: {} },
  { since: testTime + 1, until: testTime },
  { since: '7d', until: '30d' },
  { since: '2026-02-01', until: new Date('2026-01-01') },
]

export const queryCases: readonly StoreContractCase[] = [
  {
    title: 'queries: a time is a Date, ISO text (default zone: UTC) or milliseconds',
    check: async ({ store }) => {
      const [before, after] = [runEvent({ at: testTime - 1 }), runEvent({ at: testTime })]
      await store.append([before, after])
      for (const since of times) {
        const { items } = await store.runs.list({ since })
        assert.deepEqual(
          items.map(({ runId }) => runId),
          [after.runId],
        )
        assert.equal((await store.runs.usage({ since }))[0]?.runs, 1)
        assert.equal((await store.runs.usage({ until: since }))[0]?.runs, 1)
        // An empty period is valid: code that steps through time may produce one.
        assert.equal((await store.runs.usage({ since, until: since }))[0]?.runs, 0)
      }
    },
  },
  {
    title: 'queries: a time may be an age, such as 7d',
    check: async ({ store }) => {
      const [old, young] = [Date.now() - 3 * day, Date.now() - day]
      const traceIds = ['a'.repeat(32), 'b'.repeat(32)] as const
      await store.append([runEvent({ at: old }), runEvent({ at: young })])
      await store.append([
        span({ traceId: traceIds[0], startedAt: old }),
        span({ traceId: traceIds[1], startedAt: young }),
      ])
      for (const [since, count] of [
        ['7d', 2],
        ['2d', 1],
        ['36h', 1],
        ['10m', 0],
      ] as const) {
        assert.equal((await store.runs.list({ since })).items.length, count)
        assert.equal((await store.traces.list({ since })).items.length, count)
        assert.equal((await store.runs.usage({ since }))[0]?.runs, count)
      }
    },
  },
  {
    title: 'queries: each refuses an invalid time and an unknown option',
    check: async ({ store }) => {
      for (const list of lists(store))
        for (const query of bad) await assertRefused('invalid-option', async () => list(query))
    },
  },
  {
    title: 'queries: a filter of the wrong type or with an unknown word is refused',
    check: async ({ store }) => {
      const refused: (() => Promise<unknown>)[] = [
        () => store.runs.list({ outcome: 'ok' as never }),
        () => store.runs.list({ feedback: 'bad' as never }),
        () => store.runs.list({ configKey: 5 as never }),
        () => store.runs.list({ contextKey: null as never }),
        () => store.runs.list({ limit: '5' as never }),
        () => store.runs.list({ cursor: 5 as never }),
        () => store.runs.usage({ groupBy: 'day' as never }),
        () => store.runs.usage({ limit: 0 }),
        () => store.runs.usage({ cursor: 'x' } as never),
        () => store.runs.usage({ orderBy: 'duration' as never }),
        () => store.runs.usage({ groupBy: ['bucket'] }),
        () => store.runs.usage({ bucketMs: 900_000 }),
        () => store.runs.usage({ groupBy: ['bucket'], bucketMs: 999 }),
        () => store.runs.usage({ groupBy: ['bucket'], bucketMs: 1500.5 }),
        () => store.runs.usage({ asOf: testTime, adjustments: true, limit: 5 }),
        () => store.runs.usage({ asOf: testTime, adjustments: true, orderBy: 'cost' }),
        () => store.runs.usage({ minTokens: -1 }),
        () => store.runs.usage({ outcome: 'failed' as never }),
        () => store.traces.list({ status: 'success' as never }),
        () => store.traces.list({ minDurationMs: '5' as never }),
        () => store.traces.list({ tag: ['a'] as never }),
      ]
      for (const query of refused) await assertRefused('invalid-option', query)
    },
  },
  {
    title: 'queries: an undefined argument is ignored',
    check: async ({ store }) => {
      await store.append([runEvent(), span()])
      const query = { since: undefined, until: undefined, limit: undefined, cursor: undefined } as never
      assert.equal((await store.runs.list(query)).items.length, 1)
      assert.equal((await store.traces.list(query)).items.length, 1)
      assert.equal((await store.runs.usage({ groupBy: undefined } as never))[0]?.runs, 1)
    },
  },
  {
    title: 'queries: runs and usage are filtered by the context of the run',
    check: async ({ store }) => {
      const [ann, bob, org] = [newRunId(), newRunId(), newRunId()]
      const of = (runId: string, kind: string, key: string) => runEvent({ runId, context: { kind, key } })
      await store.append([of(ann, 'user', 'ann'), of(bob, 'user', 'bob'), of(org, 'org', 'ann')])
      // A resumed event has no context, but belongs to the same run.
      await store.append([
        runEvent({
          runId: ann,
          metric: 'outcome',
          value: { status: 'success' },
          context: undefined,
          at: testTime - 5,
        }),
      ])
      const found = async (query: object) =>
        (await store.runs.list(query)).items.map(({ runId }) => runId).sort()
      assert.deepEqual(await found({ contextKey: 'ann' }), [ann, org].sort())
      assert.deepEqual(await found({ contextKey: 'ann', contextKind: 'user' }), [ann])
      assert.deepEqual(await found({ contextKind: 'org' }), [org])
      assert.deepEqual(await found({ contextKey: 'carl' }), [])
      const [row] = await store.runs.usage({ contextKey: 'ann', contextKind: 'user' })
      assert.deepEqual([row?.runs, row?.succeeded], [1, 1])
    },
  },
]
