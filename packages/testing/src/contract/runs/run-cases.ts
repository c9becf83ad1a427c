import assert from 'node:assert/strict'
import type { RunEvent } from '@runtape/core'
import { newRunId, newTraceId } from '@runtape/core/internal'
import { runEvent, span, testTime } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'

/** Runs of one event each, a second apart, oldest first. */
const runsInTime = (count: number): RunEvent[] =>
  Array.from({ length: count }, (_, index) => runEvent({ at: testTime + index * 1000 }))

const idsOf = (runs: readonly { readonly runId: string }[]): string[] => runs.map(run => run.runId)

export const runCases: readonly StoreContractCase[] = [
  {
    title: 'runs.get: an unknown run is undefined',
    check: async ({ store }) => assert.equal(await store.runs.get(newRunId()), undefined),
  },
  {
    title: 'runs.get: a run has all its events, earliest first, and its metrics by name',
    check: async ({ store }) => {
      const duration = runEvent({ at: testTime + 10 })
      const outcome: RunEvent = {
        ...duration,
        metric: 'outcome',
        value: { status: 'success' },
        at: testTime + 20,
      }
      const tool: RunEvent = { ...duration, metric: 'tool-call:a:b', value: { name: 'lookup' }, at: testTime }
      await store.append([outcome, runEvent(), duration, tool])
      const { runId, configKey, variationKey, version, modelName, providerName, context } = duration
      assert.deepEqual(await store.runs.get(runId), {
        runId,
        configKey,
        variationKey,
        version,
        modelName,
        providerName,
        context,
        firstAt: testTime,
        lastAt: testTime + 20,
        metrics: {
          'tool-call:a:b': { name: 'lookup' },
          duration: 1200,
          outcome: { status: 'success' },
        },
        events: [tool, duration, outcome],
      })
    },
  },
  {
    title: 'runs.get: a resumed event without model and context keeps the known ones',
    check: async ({ store }) => {
      const known = runEvent({ at: testTime + 1000 })
      const resumed = runEvent({
        runId: known.runId,
        metric: 'feedback',
        value: { kind: 'positive' },
        at: testTime,
        modelName: '',
        providerName: '',
        context: undefined,
      })
      await store.append([resumed, known])
      const run = await store.runs.get(known.runId)
      assert.equal(run?.modelName, known.modelName)
      assert.equal(run?.providerName, known.providerName)
      assert.deepEqual(run?.context, known.context)
      // It does not take the time of its feedback.
      assert.equal(run?.firstAt, testTime + 1000)
    },
  },
  {
    title: 'runs.get: the trace is the one of an event, or else of a span of the run',
    check: async ({ store }) => {
      const traced = runEvent({ traceId: newTraceId() })
      const untraced = runEvent()
      const child = span({ runId: untraced.runId, parentSpanId: '00000000000000aa' })
      await store.append([traced, span({ runId: traced.runId }), untraced, child])
      assert.equal((await store.runs.get(traced.runId))?.traceId, traced.traceId)
      assert.equal((await store.runs.get(untraced.runId))?.traceId, child.traceId)
    },
  },
  {
    title: 'runs.list: newest first by the first event. Default limit: 50',
    check: async ({ store }) => {
      const events = runsInTime(60)
      const last: RunEvent = { ...runEvent({ runId: events[0]?.runId, metric: 'time-to-first-token' }) }
      await store.append([...events, { ...last, at: testTime + 1_000_000 }])
      const page = await store.runs.list()
      assert.deepEqual(idsOf(page.items), idsOf(events).toReversed().slice(0, 50))
      assert.ok(page.nextCursor)
    },
  },
  {
    title: 'runs.list: every filter works alone and with all others',
    check: async ({ store }) => {
      const [a, b, c] = runsInTime(3) as [RunEvent, RunEvent, RunEvent]
      await store.append([
        a,
        { ...b, configKey: 'other' },
        { ...c, variationKey: 'warm' },
        { ...a, metric: 'outcome', value: { status: 'success' } },
        { ...c, variationKey: 'warm', metric: 'outcome', value: { status: 'error' } },
        { ...a, metric: 'feedback', value: { kind: 'negative' } },
        { ...c, variationKey: 'warm', metric: 'feedback', value: { kind: 'negative' } },
      ])
      const listed = async (query: Parameters<typeof store.runs.list>[0]) =>
        idsOf((await store.runs.list(query)).items)
      assert.deepEqual(await listed({ configKey: 'other' }), [b.runId])
      assert.deepEqual(await listed({ variationKey: 'warm' }), [c.runId])
      assert.deepEqual(await listed({ outcome: 'success' }), [a.runId])
      assert.deepEqual(await listed({ outcome: 'error' }), [c.runId])
      assert.deepEqual(await listed({ feedback: 'negative' }), [c.runId, a.runId])
      assert.deepEqual(await listed({ feedback: 'positive' }), [])
      assert.deepEqual(await listed({ since: b.at }), [c.runId, b.runId])
      assert.deepEqual(await listed({ until: b.at }), [a.runId])
      assert.deepEqual(await listed({ since: a.at, until: c.at, outcome: 'success', feedback: 'negative' }), [
        a.runId,
      ])
    },
  },
  {
    title: 'runs.list: pages contain every run once, even if many have the same time',
    check: async ({ store }) => {
      const events = Array.from({ length: 25 }, (_, index) => runEvent({ at: testTime + (index % 3) }))
      await store.append(events)
      const runs = await allPages(cursor => store.runs.list({ limit: 4, ...after(cursor) }))
      assert.deepEqual(idsOf(runs).sort(), idsOf(events).sort())
      assert.deepEqual(runs, (await store.runs.list({ limit: 100 })).items)
    },
  },
  {
    title: 'runs.list: pages contain every run once while runs and earlier events arrive',
    check: async ({ store }) => {
      const events = runsInTime(12)
      await store.append(events)
      let arrivals = 0
      const runs = await allPages(
        cursor => store.runs.list({ limit: 3, ...after(cursor) }),
        async () => {
          arrivals++
          const at = testTime + 500 * arrivals
          // One that was already listed, and one that is still to come.
          const known = [events.at(-arrivals)?.runId, events[arrivals - 1]?.runId]
          const earlier = { metric: 'time-to-first-token', at: testTime - 1e6 } as const
          await store.append([
            runEvent({ at }),
            runEvent({ at: at + 1e6 }),
            ...known.map(runId => runEvent({ ...earlier, runId })),
          ])
        },
      )
      const before = new Set(idsOf(events))
      const listed = idsOf(runs)
      assert.deepEqual(listed.filter(id => before.has(id)).sort(), [...before].sort())
      assert.equal(new Set(listed).size, listed.length)
    },
  },
  {
    title: 'runs.list: the last page has no cursor, even if it is full',
    check: async ({ store }) => {
      await store.append(runsInTime(4))
      const page = await store.runs.list({ limit: 2 })
      assert.ok(page.nextCursor)
      const last = await store.runs.list({ limit: 2, cursor: page.nextCursor })
      assert.equal(last.items.length, 2)
      assert.equal(last.nextCursor, undefined)
    },
  },
  {
    title: 'lists: a limit below 1 and a cursor of another list are refused',
    check: async ({ store }) => {
      await store.append([...runsInTime(2), span()])
      for (const list of [store.runs.list, store.traces.list, store.testRuns.list]) {
        for (const limit of [0, -1, 1.5, Number.NaN])
          await assertRefused('invalid-option', () => list({ limit }))
        await assertRefused('invalid-option', () => list({ cursor: 'page-2' }))
      }
    },
  },
]
