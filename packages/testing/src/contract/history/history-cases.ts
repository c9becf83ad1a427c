import assert from 'node:assert/strict'
import type { RunEvent } from '@runtape/core'
import type { Store, UsageDimension } from '@runtape/core/store'
import { runEvent, testTime } from '../../records.ts'
import { assertReceipt, assertRefused, type StoreContractCase } from '../case.ts'
import { call, runWith, tokens } from '../runs/runs.ts'

const hour = 3_600_000
const day = 24 * hour
const groupings: readonly (readonly UsageDimension[])[] = [[], ['month'], ['config', 'day'], ['model']]

const firstAtOf = async (store: Store, runId: string) => (await store.runs.get(runId))?.firstAt

/** The bill in several groupings. */
const bills = (store: Store, query: object = {}) =>
  Promise.all(groupings.map(groupBy => store.runs.usage({ ...query, groupBy })))

const later = (first: RunEvent | undefined, fields: Parameters<typeof runEvent>[0]): RunEvent =>
  runEvent({ ...first, cost: undefined, ...fields })

const priced = (event: RunEvent, nanoUsd: number): RunEvent => ({
  ...event,
  cost: { nanoUsd, priceList: 'test@1' },
})

/** Waits until the clock shows another millisecond. */
async function nextMillisecond(): Promise<number> {
  const now = Date.now()
  while (Date.now() === now) await new Promise(resolve => setTimeout(resolve, 1))
  return now
}

export const historyCases: readonly StoreContractCase[] = [
  {
    title: 'history: feedback and scores from a slow clock do not move a run to an earlier period',
    check: async ({ store }) => {
      const [own] = runWith({ duration: 1 }) as [RunEvent]
      const behind = {
        at: testTime - 40 * day,
        configKey: 'other',
        modelName: 'other',
        context: { kind: 'a', key: 'b' },
      }
      await store.append([
        later(own, { ...behind, metric: 'feedback', value: { kind: 'negative' } }),
        later(own, { ...behind, metric: 'score:tone', value: { score: 1 } }),
        own,
      ])
      const groupBy = ['month', 'config', 'model', 'contextKey'] as const
      assert.deepEqual(
        (await store.runs.usage({ groupBy })).map(({ group, runs, negative }) => ({
          ...group,
          runs,
          negative,
        })),
        [
          {
            month: '2026-01',
            config: own.configKey,
            model: own.modelName,
            contextKey: own.context?.key,
            runs: 1,
            negative: 1,
          },
        ],
      )
      assert.equal(await firstAtOf(store, own.runId), testTime)
      assert.equal((await store.runs.list({ until: testTime })).items.length, 0)
      assert.equal((await store.runs.list({ since: testTime })).items.length, 1)
    },
  },
  {
    title: 'history: a run with only feedback and scores starts at the first of them',
    check: async ({ store }) => {
      const [score] = runWith({ 'score:tone': { score: 1 } }) as [RunEvent]
      const earlier = later(score, { metric: 'feedback', value: { kind: 'positive' }, at: testTime - hour })
      await store.append([score, earlier])
      assert.equal(await firstAtOf(store, score.runId), testTime - hour)
      assert.equal((await store.runs.usage({ until: testTime }))[0]?.runs, 1)
    },
  },
  {
    title: 'history: an impossible time is reported, and the run gets the time of receipt',
    check: async ({ store }) => {
      const now = Date.now()
      const impossible = [0, 1, -1, Date.UTC(2019, 11, 31), now + day, 1e300, -1e300]
      const possible = [Date.UTC(2020, 0, 1), now - 400 * day, now + 2 * 60_000]
      const eventsAt = (times: readonly number[]) => times.map(at => runEvent({ at }))
      const [wrong, right] = [eventsAt(impossible), eventsAt(possible)]
      const receipt = await store.append([...wrong, ...right])
      assertReceipt(receipt, [wrong.length + right.length, 0, 0])
      const named = (receipt.misdated ?? []).map(identity => 'runId' in identity && identity.runId)
      assert.deepEqual(named.sort(), wrong.map(({ runId }) => runId).sort())
      for (const { runId, at } of right) assert.equal(await firstAtOf(store, runId), at)
      for (const { runId, at } of wrong) {
        const run = await store.runs.get(runId)
        assert.ok(Math.abs((run?.firstAt ?? 0) - now) < hour)
        assert.equal(run?.events[0]?.at, at)
      }
      assert.equal((await store.runs.usage({ since: now - hour }))[0]?.runs, wrong.length + 1)
      assert.equal((await store.append([runEvent()])).misdated, undefined)
    },
  },
  {
    title: 'history: pages contain each run with an impossible time once',
    check: async ({ store }) => {
      const events = [1e300, -1e300, 0, 9e15, testTime].map(at => runEvent({ at }))
      await store.append(events)
      const ids: string[] = []
      for (let cursor: string | undefined; ; ) {
        const page = await store.runs.list({ limit: 1, ...(cursor !== undefined && { cursor }) })
        ids.push(...page.items.map(({ runId }) => runId))
        if (page.nextCursor === undefined) break
        cursor = page.nextCursor
      }
      assert.deepEqual(ids.sort(), events.map(({ runId }) => runId).sort())
    },
  },
  {
    title: 'history: later records do not change usage as of a revision',
    check: async ({ store }) => {
      const [own] = runWith({ 'call:1': call(10, 1) }) as [RunEvent]
      await store.append([own, ...runWith({ duration: 5 }, { at: testTime + 31 * day, configKey: 'b' })])
      const asOf = await store.revision()
      const before = await bills(store)
      await store.append([
        priced(own, 7),
        later(own, { metric: 'call:2', value: { ...call(20, 2), model: 'm2' } }),
        later(own, { metric: 'tool-call:1', value: { name: 'a' }, at: testTime - 40 * day, configKey: 'c' }),
        ...runWith({ duration: 7, tokens: tokens(1, 1) }),
      ])
      assert.notDeepEqual(await bills(store), before)
      assert.deepEqual(await bills(store, { asOf }), before)
      assert.deepEqual(await bills(store, { asOf: await store.revision() }), await bills(store))
    },
  },
  {
    title: 'history: usage as of a time covers the records received until then',
    check: async ({ store }) => {
      await store.append(runWith({ duration: 5 }))
      const before = await bills(store)
      const asOf = await nextMillisecond()
      assert.deepEqual(await bills(store, { asOf }), before)
      // Events of long ago that arrive now.
      await store.append(runWith({ duration: 6 }, { at: testTime - 30 * day }))
      assert.deepEqual(await bills(store, { asOf }), before)
      assert.deepEqual(await bills(store, { asOf: new Date(asOf) }), before)
      assert.equal((await store.runs.usage({ asOf: testTime - day }))[0]?.runs, 0)
      assert.equal((await store.runs.usage())[0]?.runs, 2)
    },
  },
  {
    title: 'history: adjustments are the changes since then, in the same groups',
    check: async ({ store }) => {
      const [own] = runWith({ tokens: tokens(10, 5) }) as [RunEvent]
      const [moved] = runWith({ duration: 1 }) as [RunEvent]
      await store.append([own, moved, ...runWith({ duration: 5 }, { configKey: 'same' })])
      const asOf = await store.revision()
      await store.append([
        priced(own, 70),
        later(own, { metric: 'outcome', value: { status: 'success' } }),
        later(moved, { metric: 'tool-call:1', value: { name: 'a' }, at: testTime - 40 * day }),
        ...runWith({ tokens: tokens(3, 4) }, { at: testTime - 40 * day }),
      ])
      const none = { cancelled: 0, failed: 0, unknownUsageRuns: 0, positive: 0, negative: 0 }
      assert.deepEqual(await store.runs.usage({ asOf, adjustments: true, groupBy: ['month'] }), [
        {
          group: { month: '2025-11' },
          ...{ runs: 2, succeeded: 0, unfinished: 2, ...none },
          tokens: tokens(3, 4),
          cost: { nanoUsd: 0, unpricedRuns: 1 },
        },
        {
          group: { month: '2026-01' },
          ...{ runs: -1, succeeded: 1, unfinished: -2, ...none },
          cost: { nanoUsd: 70, unpricedRuns: -1 },
        },
      ])
      const byConfig = await store.runs.usage({ asOf, adjustments: true, groupBy: ['config'] })
      assert.deepEqual(
        byConfig.map(row => row.group.config),
        [own.configKey],
      )
      const now = await store.revision()
      assert.deepEqual(await store.runs.usage({ asOf: now, adjustments: true, groupBy: ['month'] }), [])
    },
  },
  {
    title: 'history: a future revision, and adjustments without a revision, are refused',
    check: async ({ store }) => {
      const refused = ['r9999999999.0', 'r9999999999', 'revision', '', 'r', '7', true, Number.NaN]
      for (const asOf of refused)
        await assertRefused('invalid-option', async () => store.runs.usage({ asOf: asOf as never }))
      await assertRefused('invalid-option', async () => store.runs.usage({ adjustments: true }))
      await assertRefused('invalid-option', async () =>
        store.runs.usage({ adjustments: 1 as never, asOf: '7d' }),
      )
    },
  },
  {
    title: 'append: a duplicate with a cost adds a missing cost, once',
    check: async ({ store }) => {
      const [own] = runWith({ tokens: tokens(10, 5) }) as [RunEvent]
      await store.append([own])
      assertReceipt(await store.append([priced(own, 70)]), [0, 1, 0])
      assertReceipt(await store.append([priced(own, 80), own]), [0, 2, 0])
      // With another value it is a conflict, and its cost is not taken.
      await store.append(runWith({ tokens: tokens(1, 1) }))
      const [first] = (await store.runs.list()).items.flatMap(run => run.events).filter(({ cost }) => !cost)
      assertReceipt(
        await store.append([priced({ ...(first as RunEvent), value: tokens(2, 2) }, 5)]),
        [0, 0, 1],
      )
      assert.deepEqual((await store.runs.get(own.runId))?.events, [priced(own, 70)])
      assert.deepEqual((await store.runs.usage())[0]?.cost, { nanoUsd: 70, unpricedRuns: 1 })
    },
  },
]
