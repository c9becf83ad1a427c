import assert from 'node:assert/strict'
import type { RunEvent } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import type { HealthCount, HealthKind, Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { assertRefused, type StoreContractCase } from '../case.ts'
import { call, runWith } from '../runs/runs.ts'

const outcome = (runId: string, message: string): RunEvent =>
  runEvent({ runId, metric: 'outcome', value: { status: 'error', error: { name: 'Error', message } } })

async function countOf(store: Store, kind: HealthKind): Promise<HealthCount | undefined> {
  return (await store.health.get()).counts.find(each => each.kind === kind)
}

/** Sends a first value of a run, and then a different one. */
async function contradict(store: Store, runId = newRunId(), context = { kind: 'user', key: 'ann' }) {
  await store.append([outcome(runId, 'first')])
  const other = { ...outcome(runId, 'secret'), context }
  await store.append([other])
  return other
}

const reported = (count: number, numbers: readonly number[] = [], runId = 'run-1') => ({
  kind: 'dropped-span' as const,
  count,
  firstAt: testTime,
  lastAt: testTime + count,
  samples: numbers.map(number => ({ at: testTime + number, name: `span ${number}`, runId, number })),
})

export const healthCases: readonly StoreContractCase[] = [
  {
    title: 'health: nothing is counted while all is well, also not duplicates',
    check: async ({ store }) => {
      const event = outcome('run-1', 'first')
      await store.append([event, event])
      await store.append([event])
      const { counts, runs, oldestAt } = await store.health.get()
      assert.deepEqual([counts, runs, oldestAt], [[], 1, event.at])
    },
  },
  {
    title: 'health: a conflict is counted once, with both values, however often it is sent',
    check: async ({ store }) => {
      const before = Date.now()
      const other = await contradict(store)
      await store.append([other, other])
      const found = await countOf(store, 'conflict')
      assert.equal(found?.count, 1)
      assert.ok(found.firstAt >= before - 1000 && found.lastAt >= found.firstAt)
      const [sample] = found.samples
      assert.match(sample?.kept ?? '', /"message":"first"/)
      assert.match(sample?.refused ?? '', /"message":"secret"/)
      assert.deepEqual([sample?.runId, sample?.context?.key], [other.runId, 'ann'])
      await store.append([outcome(other.runId, 'third')])
      assert.equal((await countOf(store, 'conflict'))?.count, 2)
    },
  },
  {
    title: 'health: a conflict of spans shows the fields that differ',
    check: async ({ store }) => {
      const first = span({ durationMs: 5 })
      await store.append([first])
      await store.append([{ ...first, durationMs: 6 }])
      const [sample] = (await countOf(store, 'conflict'))?.samples ?? []
      assert.deepEqual([sample?.kept, sample?.refused], ['{"durationMs":5}', '{"durationMs":6}'])
      assert.equal(sample?.traceId, first.traceId)
    },
  },
  {
    title: 'health: an impossible time is counted, alone and in a batch',
    check: async ({ store }) => {
      const late = (runId: string) => runEvent({ runId, metric: 'duration', value: 1, at: 1000 })
      await store.append([late('a')])
      await store.append([late('b'), outcome('b', 'x')])
      await store.append([late('b')])
      const found = await countOf(store, 'misdated')
      assert.deepEqual([found?.count, found?.samples.map(({ runId }) => runId)], [2, ['b', 'a']])
    },
  },
  {
    title: 'health: has the newest ten samples of a kind',
    check: async ({ store }) => {
      for (let run = 1; run <= 13; run++) await contradict(store, `run-${run}`)
      const found = await countOf(store, 'conflict')
      assert.equal(found?.count, 13)
      const ids = found.samples.map(({ runId }) => runId)
      assert.deepEqual([ids.length, ids[0], ids[9]], [10, 'run-13', 'run-4'])
    },
  },
  {
    title: 'health: a report counts once, however often it is sent, and those of several add up',
    check: async ({ store }) => {
      const first = { reporter: 'a', counts: [reported(2, [1, 2])] }
      const second = { reporter: 'a', counts: [reported(5, [2, 3])] }
      for (const report of [first, first, second, first, second]) await store.health.report(report)
      await store.health.report({ reporter: 'b', counts: [reported(1, [1])] })
      const found = await countOf(store, 'dropped-span')
      assert.equal(found?.count, 6)
      assert.deepEqual(
        found?.samples.map(({ name }) => name),
        ['span 1', 'span 3', 'span 2', 'span 1'],
      )
      assert.deepEqual([found?.firstAt, found?.lastAt], [testTime, testTime + 5])
    },
  },
  {
    title: 'health: a report with an unknown kind or no count is refused',
    check: async ({ store }) => {
      const bad: object[] = [{ kind: 'lost' }, { count: 0 }, { count: 1.5 }, { lastAt: Number.NaN }]
      for (const part of bad)
        await assertRefused('invalid-option', () =>
          store.health.report({ reporter: 'a', counts: [{ ...reported(1), ...part }] }),
        )
      await assertRefused('invalid-option', () => store.health.report({ reporter: '', counts: [] }))
      assert.deepEqual((await store.health.get()).counts, [])
    },
  },
  {
    title: 'health: models without a price or usage have the number of runs of the bill',
    check: async ({ store }) => {
      const priced = { ...call(1, 1), model: 'known' }
      const [run] = runWith({ 'call:1': priced })
      assert.ok(run)
      await store.append([{ ...run, cost: { nanoUsd: 5, priceList: 'test@1' } }])
      await store.append(runWith({ 'call:1': { ...call(1, 1), model: 'new' } }))
      await store.append(runWith({ 'call:1': { ...call(1, 1), model: 'new' } }))
      await store.append(runWith({ 'call:1': { status: 'success', durationMs: 5, model: 'silent' } }))
      const { unpriced, unknownUsage, runs } = await store.health.get()
      const provider = run.providerName
      assert.deepEqual(unpriced, [{ provider, model: 'new', runs: 2 }])
      assert.deepEqual(
        unknownUsage.map(each => [each.provider, each.runs]),
        [[provider, 1]],
      )
      assert.equal(runs, 4)
    },
  },
  {
    title: 'health: erase removes samples and keeps counts; late reports of erased runs have none',
    check: async ({ store }) => {
      const { runId } = await contradict(store)
      await contradict(store, undefined, { kind: 'user', key: 'bob' })
      await store.health.report({ reporter: 'a', counts: [reported(1, [1], runId)] })
      await store.erase({ runId })
      await store.erase({ context: { kind: 'user', key: 'bob' } })
      await store.health.report({ reporter: 'b', counts: [reported(1, [1], runId)] })
      const { counts } = await store.health.get()
      assert.deepEqual(
        counts.map(({ kind, count, samples }) => [kind, count, samples.length]),
        [
          ['conflict', 2, 0],
          ['dropped-span', 2, 0],
        ],
      )
    },
  },
  {
    title: 'health: erasing a trace removes the samples of its replays',
    check: async ({ store }) => {
      const source = span()
      const { traceId } = span()
      const replay = { testRunId: 't', traceId }
      const spanReplay = { testRunId: 't', sourceTraceId: source.traceId, mocked: false }
      await store.append([source, span({ traceId, replay: spanReplay })])
      for (const message of ['first', 'secret'])
        await store.append([{ ...outcome('replayed', message), replay }])
      assert.equal((await countOf(store, 'conflict'))?.samples.length, 1)
      await store.erase({ traceId: source.traceId })
      assert.equal((await countOf(store, 'conflict'))?.samples.length, 0)
    },
  },
  {
    title: 'health: prune of traces and runs keeps samples that are younger than one of the two',
    check: async ({ store }) => {
      await store.health.report({ reporter: 'a', counts: [reported(2, [1])] })
      await store.prune({ traces: { before: testTime + 100_000 }, runs: { before: testTime - 100_000 } })
      assert.equal((await countOf(store, 'dropped-span'))?.samples.length, 1)
    },
  },
  {
    title: 'health: prune removes older samples and keeps counts',
    check: async ({ store }) => {
      await store.health.report({ reporter: 'a', counts: [reported(2, [1])] })
      await contradict(store)
      await store.prune({ traces: { before: testTime + 100_000 } }, { dryRun: true })
      assert.equal((await countOf(store, 'dropped-span'))?.samples.length, 1)
      await store.prune({ traces: { before: testTime + 100_000 } })
      const found = await countOf(store, 'dropped-span')
      assert.deepEqual([found?.count, found?.samples], [2, []])
      assert.equal((await countOf(store, 'conflict'))?.samples.length, 1)
    },
  },
  {
    title: 'health: a trace with several roots counts once, as a replay if its first root is one',
    check: async ({ store }) => {
      const [a, b, c] = [span(), span(), span()]
      const replay = { testRunId: 't', sourceTraceId: a.traceId, mocked: false }
      const rootOf = ({ traceId }: typeof a, after: number, more: object = {}) =>
        span({ traceId, startedAt: testTime + after, ...more })
      await store.append([a, rootOf(a, 1), rootOf(a, -1), b, rootOf(b, -5), rootOf(b, 5, { replay })])
      assert.equal((await store.health.get()).traces, 2)
      await store.append([{ ...c, replay }, rootOf(c, 1, { replay }), rootOf(c, 2)])
      await store.append([span({ parentSpanId: a.spanId })])
      assert.equal((await store.health.get()).traces, 2)
    },
  },
  {
    title: 'health: traces are counted without replays',
    check: async ({ store }) => {
      const [a, b] = [span({ startedAt: testTime - 5000 }), span()]
      const replay = { testRunId: 't', sourceTraceId: a.traceId, mocked: false }
      await store.append([a, b, span({ replay })])
      const { traces, runs, oldestAt } = await store.health.get()
      assert.deepEqual([traces, runs], [2, 0])
      assert.equal(oldestAt, Math.min(a.startedAt, b.startedAt))
    },
  },
  {
    title: 'reopen: the counts of health are still there',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      await contradict(store)
      await store.health.report({ reporter: 'a', counts: [reported(3, [3])] })
      const { counts } = await store.health.get()
      assert.equal(counts.length, 2)
      const again = await reopen?.()
      assert.deepEqual((await again?.health.get())?.counts, counts)
    },
  },
  {
    title: 'health: a conflict that two send is counted once',
    needs: 'connect',
    check: async ({ store, connect }) => {
      const second = await connect?.()
      assert.ok(second)
      try {
        const other = await contradict(store)
        await Promise.all([store.append([other]), second.append([other]), second.append([other])])
        assert.equal((await countOf(second, 'conflict'))?.count, 1)
      } finally {
        await second.close()
      }
    },
  },
]
