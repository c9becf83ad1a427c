import assert from 'node:assert/strict'
import type { RunEvent, SpanRecord } from '@runtape/core'
import { newRunId, newTraceId } from '@runtape/core/internal'
import type { TraceQuery } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { after, allPages, type StoreContractCase, type StoreSubject } from '../case.ts'

const replayOf = (testRunId: string) => ({ testRunId, sourceTraceId: newTraceId(), mocked: false })

const idsOf = (traces: readonly { readonly traceId: string }[]): string[] =>
  traces.map(trace => trace.traceId)

async function listed({ store }: StoreSubject, query: TraceQuery): Promise<string[]> {
  return idsOf((await store.traces.list(query)).items)
}

/** A traced run: linked to the trace by its events, or by one of the spans. */
function tracedRun(
  linkedBy: 'event' | 'span',
  feedback: 'positive' | 'negative',
): [SpanRecord, ...TapeRecords] {
  const root = span()
  const { traceId } = root
  const runId = newRunId()
  const outcome = { status: feedback === 'positive' ? 'success' : 'error' } as const
  const event = runEvent({ runId, metric: 'outcome', value: outcome })
  const resumed = runEvent({ runId, metric: 'feedback', value: { kind: feedback }, modelName: '' })
  if (linkedBy === 'event') return [root, { ...event, traceId }, resumed]
  return [root, event, resumed, span({ traceId, parentSpanId: root.spanId, runId })]
}

type TapeRecords = (RunEvent | SpanRecord)[]

export const traceListCases: readonly StoreContractCase[] = [
  {
    title: 'traces.list: roots without payloads, newest first. Default limit: 50',
    check: async ({ store }) => {
      const roots = Array.from({ length: 55 }, (_, index) => span({ startedAt: testTime + index }))
      const child = span({
        traceId: roots[0]?.traceId,
        parentSpanId: roots[0]?.spanId,
        startedAt: testTime + 99,
      })
      await store.append([...roots, child])
      const page = await store.traces.list()
      assert.deepEqual(
        page.items,
        roots
          .toReversed()
          .slice(0, 50)
          .map(({ traceId, spanId, key, name, startedAt, durationMs, status }) => {
            return { traceId, spanId, key, name, startedAt, durationMs, status }
          }),
      )
      assert.ok(page.nextCursor)
    },
  },
  {
    title: 'traces.list: filters on the root, each alone and all together',
    check: async subject => {
      const a = span({ key: 'a', status: 'error', durationMs: 10, sessionId: 's1', tags: ['x', 'y'] })
      const b = span({ key: 'b', durationMs: 20, startedAt: testTime + 1000, tags: ['xy'] })
      const child = span({ traceId: b.traceId, parentSpanId: b.spanId, key: 'a', status: 'error' })
      await subject.store.append([a, b, child])
      const queries: [TraceQuery, SpanRecord[]][] = [
        [{ key: 'a' }, [a]],
        [{ status: 'error' }, [a]],
        [{ status: 'ok' }, [b]],
        [{ sessionId: 's1' }, [a]],
        [{ tag: 'x' }, [a]],
        [{ tag: 'xy' }, [b]],
        [{ tag: 'z' }, []],
        [{ minDurationMs: 10 }, [b, a]],
        [{ minDurationMs: 10.5 }, [b]],
        [{ since: testTime + 1000 }, [b]],
        [{ until: testTime + 1000 }, [a]],
        [{ key: 'a', status: 'error', tag: 'y', sessionId: 's1', since: testTime, until: testTime + 1 }, [a]],
        [{ key: 'a', status: 'ok' }, []],
      ]
      for (const [query, expected] of queries) {
        assert.deepEqual(await listed(subject, query), idsOf(expected), JSON.stringify(query))
      }
    },
  },
  {
    title: 'traces.list: outcome, feedback and runId match through the run of an event or a span',
    check: async subject => {
      for (const linkedBy of ['event', 'span'] as const) {
        const [liked, ...likedRecords] = tracedRun(linkedBy, 'positive')
        const [disliked, ...dislikedRecords] = tracedRun(linkedBy, 'negative')
        const key = `linked by ${linkedBy}`
        await subject.store.append([
          ...likedRecords,
          { ...liked, key },
          ...dislikedRecords,
          { ...disliked, key },
        ])
        assert.deepEqual(await listed(subject, { key, feedback: 'positive' }), [liked.traceId])
        assert.deepEqual(await listed(subject, { key, feedback: 'negative' }), [disliked.traceId])
        assert.deepEqual(await listed(subject, { key, outcome: 'success' }), [liked.traceId])
        assert.deepEqual(await listed(subject, { key, outcome: 'error', feedback: 'negative' }), [
          disliked.traceId,
        ])
        assert.deepEqual(await listed(subject, { key, outcome: 'error', feedback: 'positive' }), [])
        const runId = (likedRecords[0] as RunEvent).runId
        assert.deepEqual(await listed(subject, { runId }), [liked.traceId])
        assert.deepEqual(await listed(subject, { runId, feedback: 'negative' }), [])
      }
      await subject.store.append([runEvent(), span()])
      assert.equal((await listed(subject, { feedback: 'negative' })).length, 2)
      assert.deepEqual(await listed(subject, { runId: newRunId() }), [])
    },
  },
  {
    title: 'traces.list: a trace with several runs is listed once if one of them matches',
    check: async subject => {
      const root = span()
      const { traceId } = root
      const event = (value: RunEvent['value'], metric: RunEvent['metric']) =>
        runEvent({ traceId, metric, value })
      await subject.store.append([
        root,
        event({ kind: 'positive' }, 'feedback'),
        event({ kind: 'negative' }, 'feedback'),
        event({ kind: 'negative' }, 'feedback'),
        event({ status: 'success' }, 'outcome'),
      ])
      assert.deepEqual(await listed(subject, { feedback: 'negative' }), [traceId])
      assert.deepEqual(await listed(subject, { feedback: 'positive' }), [traceId])
    },
  },
  {
    title: 'traces.list: a trace with two roots is listed once, by the first, also across pages',
    check: async ({ store }) => {
      const first = span()
      const second = span({ traceId: first.traceId, startedAt: testTime + 1000 })
      await store.append([second, first, span({ startedAt: testTime + 500 })])
      const traces = await allPages(cursor => store.traces.list({ limit: 1, ...after(cursor) }))
      assert.deepEqual(
        traces.map(trace => trace.startedAt),
        [testTime + 500, testTime],
      )
      assert.equal((await store.traces.get(first.traceId))?.root.spanId, first.spanId)
    },
  },
  {
    title: 'traces.list: replays are listed only with a filter on their test run',
    check: async subject => {
      const testRunId = newRunId()
      const live = span()
      const mine = span({ replay: replayOf(testRunId), key: 'mine' })
      const other = span({ replay: replayOf(newRunId()) })
      await subject.store.append([live, mine, other])
      assert.deepEqual(await listed(subject, {}), [live.traceId])
      assert.deepEqual(await listed(subject, { testRunId }), [mine.traceId])
      assert.deepEqual(await listed(subject, { testRunId, key: 'else' }), [])
      assert.deepEqual(await listed(subject, { key: 'mine' }), [])
    },
  },
  {
    title: 'traces.list: in a test run, outcome and feedback are those of the replay',
    check: async subject => {
      const testRunId = newRunId()
      const live = runEvent({ metric: 'outcome', value: { status: 'error' } })
      const root = span({ runId: live.runId, replay: replayOf(testRunId) })
      const replay = { testRunId, traceId: root.traceId }
      await subject.store.append([live, root, { ...live, value: { status: 'success' }, replay }])
      assert.deepEqual(await listed(subject, { testRunId, outcome: 'success' }), [root.traceId])
      assert.deepEqual(await listed(subject, { testRunId, outcome: 'error' }), [])
      assert.deepEqual(await listed(subject, { testRunId, runId: live.runId }), [root.traceId])
      assert.deepEqual(await listed(subject, { outcome: 'success' }), [])
    },
  },
  {
    title: 'traces.list: pages contain every trace once, with equal times and while traces arrive',
    check: async ({ store }) => {
      const roots = Array.from({ length: 25 }, (_, index) => span({ startedAt: testTime + (index % 3) }))
      await store.append(roots)
      const traces = await allPages(
        cursor => store.traces.list({ limit: 4, ...after(cursor) }),
        () => store.append([span({ startedAt: testTime + 1e6 }), span({ startedAt: testTime + 1 })]),
      )
      const before = new Set(idsOf(roots))
      const ids = idsOf(traces)
      assert.deepEqual(ids.filter(id => before.has(id)).sort(), [...before].sort())
      assert.equal(new Set(ids).size, ids.length)
    },
  },
  {
    title: 'traces.list: each page respects the filter passed with its cursor',
    check: async ({ store }) => {
      const roots = Array.from({ length: 10 }, (_, index) => span({ key: index % 2 ? 'odd' : 'even' }))
      await store.append(roots)
      const odd = await allPages(cursor => store.traces.list({ key: 'odd', limit: 2, ...after(cursor) }))
      assert.equal(odd.length, 5)
      assert.ok(odd.every(trace => trace.key === 'odd'))
    },
  },
]
