import assert from 'node:assert/strict'
import type { SpanRecord } from '@runtape/core'
import { newRunId, newSpanId } from '@runtape/core/internal'
import type { EraseTarget, Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { assertReceipt, assertRefused, type StoreContractCase } from '../case.ts'
import { call, tokens } from '../runs/runs.ts'
import { day, type Subject, subject, totalOf } from './removed-runs.ts'

const isThere = async (store: Store, { runId, spans, replays }: Subject) => ({
  run: (await store.runs.get(runId)) !== undefined,
  traces: await Promise.all(
    [spans[0], replays[0]].map(async each => (await store.traces.get(each?.traceId ?? '')) !== undefined),
  ),
})

const there = { run: true, traces: [true, true] }
const gone = { run: false, traces: [false, false] }

/** Receipt for one of these removed records. */
const counts = { traces: 2, spans: 3, runs: 1, runEvents: 6, waiting: 0 }

const targetsOf = ({ runId, spans }: Subject): readonly EraseTarget[] => [
  { context: { kind: 'user', key: 'tom' } },
  { runId },
  { traceId: spans[0]?.traceId ?? '' },
  { sessionId: 'session-of-tom' },
]

async function tomAndBob(store: Store): Promise<{ tom: Subject; bob: Subject }> {
  const [tom, bob] = [subject('tom', testTime, 'session-of-tom'), subject('bob', testTime, 'session-of-bob')]
  await store.append([...tom.all, ...bob.all])
  return { tom, bob }
}

export const removalCases: readonly StoreContractCase[] = [
  ...[0, 1, 2, 3].map((index): StoreContractCase => {
    const name = ['context', 'run', 'trace', 'session'][index]
    return {
      title: `erase: a ${name} is removed with its run, trace and replays, and nothing else; a dry run counts them`,
      check: async ({ store }) => {
        const { tom, bob } = await tomAndBob(store)
        const target = targetsOf(tom)[index] as EraseTarget
        assert.deepEqual(await store.erase(target, { dryRun: true }), counts)
        assert.deepEqual(await isThere(store, tom), there)
        const { leftover: _, inFiles: __, ...erased } = await store.erase(target)
        assert.deepEqual(erased, counts)
        assert.deepEqual(await isThere(store, tom), gone)
        assert.deepEqual(await isThere(store, bob), there)
        assert.deepEqual(
          (await store.runs.list()).items.map(({ runId }) => runId),
          [bob.runId],
        )
        assert.equal((await totalOf(store))?.runs, 1)
        assert.deepEqual(await store.erase(target), {
          traces: 0,
          spans: 0,
          runs: 0,
          runEvents: 0,
          waiting: 0,
        })
      },
    }
  }),
  {
    title: 'erase: late records of an erased target are duplicates, even new ones, and do not bring it back',
    check: async ({ store }) => {
      for (const index of [0, 1, 2, 3]) {
        const { tom } = await tomAndBob(store)
        await store.erase(targetsOf(tom)[index] as EraseTarget)
        const before = await totalOf(store)
        assertReceipt(await store.append(tom.all), [0, tom.all.length, 0])
        for (const late of tom.all) assertReceipt(await store.append([late]), [0, 1, 0])
        const more = [
          runEvent({ ...tom.events[0], metric: 'call:1', value: call(1, 1) }),
          span({ traceId: tom.spans[0]?.traceId, parentSpanId: tom.spans[0]?.spanId }),
        ]
        assertReceipt(await store.append(more), [0, 2, 0])
        assert.deepEqual(await isThere(store, tom), gone)
        assert.deepEqual(await totalOf(store), before)
      }
    },
  },
  {
    title: 'erase: late records of a context or a session are erased if recorded before; newer ones are kept',
    check: async ({ store }) => {
      const [past, future] = [subject('tom', testTime, 's'), subject('tom', Date.now() + 60_000, 's')]
      await store.erase({ context: { kind: 'user', key: 'tom' } })
      await store.erase({ sessionId: 's' })
      const said = runEvent({ ...past.events[3], runId: newRunId() })
      const own = runEvent({ runId: said.runId })
      await store.append([said, own, ...past.all])
      assert.deepEqual((await store.runs.get(own.runId))?.events, [own])
      const child = past.spans[1] as SpanRecord
      assert.equal(await store.traces.getSpan(child.traceId, child.spanId), undefined)
      assert.deepEqual(await isThere(store, past), gone)
      const events = past.events.map(({ context: _, ...event }) => event)
      await store.append(events.map(event => ({ ...event, metric: 'call:9', value: call(1, 1) }) as const))
      assert.equal((await store.runs.get(past.runId))?.runId, undefined)
      assertReceipt(await store.append(future.all), [future.all.length, 0, 0])
      assert.deepEqual(await isThere(store, future), there)
    },
  },
  {
    title: 'erase: keepTotals keeps the totals and no personal data; a late cost still counts, once',
    check: async ({ store }) => {
      const { tom } = await tomAndBob(store)
      const before = await totalOf(store)
      const revision = await store.revision()
      const target = targetsOf(tom)[0] as EraseTarget
      assert.equal((await store.erase(target, { keepTotals: true })).runs, 1)
      assert.deepEqual(await isThere(store, tom), gone)
      assert.deepEqual(await totalOf(store), before)
      assert.deepEqual((await store.runs.usage({ asOf: revision }))[0], before)
      assert.deepEqual(
        (await store.runs.usage({ groupBy: ['contextKey'] })).map(({ group, runs }) => [
          group.contextKey,
          runs,
        ]),
        [
          ['', 1],
          ['bob', 1],
        ],
      )
      const runs = JSON.stringify((await store.runs.list({ contextKey: '' })).items)
      assert.ok(runs.includes('"tokens"'))
      for (const content of ['tom', tom.runId, tom.spans[0]?.traceId ?? '', 'score:tone'])
        assert.ok(!runs.includes(content), content)
      assertReceipt(await store.append(tom.events), [0, 5, 0])
      const late = runEvent({ ...tom.events[0], metric: 'call:1', value: call(1, 1), cost: undefined })
      assertReceipt(await store.append([late]), [1, 0, 0])
      assertReceipt(await store.append([late]), [0, 1, 0])
      assert.equal((await totalOf(store))?.runs, 2)
      await assertRefused('period-pruned', () => store.runs.usage({ asOf: revision, contextKey: 'tom' }))
    },
  },
  {
    title: 'erase: feedback from the person on the run of another is removed, and that run stays',
    check: async ({ store }) => {
      for (const keepTotals of [false, true]) {
        const [bob, tom] = [subject('bob', testTime), `tom-${keepTotals}`]
        const own = bob.events.slice(0, 3)
        const feedback = runEvent({
          ...bob.events[3],
          context: { kind: 'user', key: tom },
          attributes: undefined,
          value: { kind: 'negative', comment: 'tom said' },
        })
        await store.append([...own, feedback, ...bob.spans])
        await store.erase({ context: { kind: 'user', key: tom } }, { keepTotals })
        const run = await store.runs.get(bob.runId)
        assert.equal(run?.events.length, keepTotals ? 4 : 3)
        assert.equal(run?.context?.key, 'bob')
        // Not a name that ids may contain by chance, as hexadecimal digits are.
        assert.ok(!JSON.stringify(run).includes('tom'))
        assert.notEqual(await store.traces.get(bob.spans[0]?.traceId ?? ''), undefined)
        assertReceipt(await store.append([feedback]), [0, 1, 0])
        const [row] = await store.runs.usage({ groupBy: ['contextKey'] })
        assert.equal(row?.negative, keepTotals ? 1 : 0)
        await store.erase({ runId: bob.runId })
      }
    },
  },
  {
    title: 'prune: removes traces or runs before a time, as selected; their late records are duplicates',
    check: async ({ store }) => {
      const [old, young] = [subject('tom', testTime - day), subject('bob', testTime)]
      const lost = span({ parentSpanId: newSpanId(), startedAt: testTime - day })
      const open = span({ parentSpanId: newSpanId(), startedAt: testTime })
      await store.append([...old.all, ...young.all, lost, open])
      const before = testTime
      const both = { traces: { before }, runs: { before } }
      const expected = { traces: 3, spans: 4, runs: 1, runEvents: 6, waiting: 0 }
      assert.deepEqual(await store.prune(both, { dryRun: true }), expected)
      await store.prune({ traces: { before: new Date(before) } })
      assert.deepEqual(await isThere(store, old), { run: true, traces: [false, false] })
      assert.equal(await store.traces.getSpan(lost.traceId, lost.spanId), undefined)
      assert.notEqual(await store.traces.getSpan(open.traceId, open.spanId), undefined)
      await store.prune({ runs: { before } })
      assert.deepEqual(await isThere(store, old), gone)
      assert.deepEqual(await isThere(store, young), there)
      assert.equal((await totalOf(store))?.runs, 1)
      assertReceipt(await store.append(old.all), [0, old.all.length, 0])
      assert.equal((await totalOf(store))?.runs, 1)
    },
  },
  {
    title: 'prune, erase: records that arrive after the newest one was removed are billed',
    check: async ({ store }) => {
      for (const keepTotals of [false, true]) {
        const { tom } = await tomAndBob(store)
        const late = runEvent({ ...tom.events[1], metric: 'call:1', value: call(2, 2), cost: undefined })
        await store.append([late])
        await store.append([{ ...late, cost: { nanoUsd: 5, priceList: 'test@1' } }])
        const runs = (await totalOf(store))?.runs ?? 0
        await store.erase({ runId: tom.runId }, { keepTotals })
        const next = runEvent({ metric: 'tokens', value: tokens(1, 1) })
        await store.append([next])
        await store.append([{ ...next, cost: { nanoUsd: 1, priceList: 'test@1' } }])
        assert.equal((await totalOf(store))?.runs, keepTotals ? runs + 1 : runs)
        assert.notEqual(await store.runs.get(next.runId), undefined)
        const [row] = await store.runs.usage({ groupBy: ['contextKey'], contextKey: 'user-1' })
        assert.equal(row?.cost?.nanoUsd, keepTotals ? 2 : 1)
      }
    },
  },
  {
    title: 'prune, erase: the verdicts of a removed trace are removed',
    check: async ({ store }) => {
      const { tom, bob } = await tomAndBob(store)
      const [gone, stays] = [tom, bob].map(({ replays }) => replays[0]?.traceId ?? '') as [string, string]
      const { testRunId } = await store.testRuns.start({ key: 'k', sourceTraceIds: [] })
      for (const traceId of [gone, stays])
        await store.testRuns.putVerdict(testRunId, traceId, { pass: true, comment: 'as tom said' })
      await store.erase({ runId: tom.runId })
      assert.deepEqual(Object.keys((await store.testRuns.get(testRunId))?.verdicts ?? {}), [stays])
    },
  },
  {
    title: 'prune, erase: an invalid argument is refused, and nothing is removed',
    check: async ({ store }) => {
      const { tom } = await tomAndBob(store)
      const before = testTime + day
      const wrong: (() => Promise<unknown>)[] = [
        () => store.prune({}),
        () => store.prune({ traces: {} as never }),
        () => store.prune({ runs: { before: 'soon' } }),
        () => store.prune({ runs: { before: 1_800_000_000 } }),
        () => store.prune({ runs: { before, until: before } as never }),
        () => store.prune({ runs: { before }, tests: { before } } as never),
        () => store.prune({ runs: { before } }, { dryrun: true } as never),
        () => store.prune({ runs: { before } }, { dryRun: 1 } as never),
        () => store.prune(before as never),
        () => store.erase({} as never),
        () => store.erase({ runId: '' }),
        () => store.erase({ runId: undefined } as never),
        () => store.erase({ runId: tom.runId, traceId: 'a' } as never),
        () => store.erase({ context: { kind: 'user' } } as never),
        () => store.erase({ context: 'user:tom' } as never),
        () => store.erase({ user: 'tom' } as never),
        () => store.erase({ runId: tom.runId }, { dryRun: 'yes' } as never),
        () => store.erase({ runId: tom.runId }, { keepTotal: true } as never),
      ]
      for (const call of wrong) await assertRefused('invalid-option', call)
      assert.deepEqual(await isThere(store, tom), there)
    },
  },
]
