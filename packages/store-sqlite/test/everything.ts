import { newTraceId } from '@runtape/core/internal'
import type { ItemRecord, Store } from '@runtape/core/store'
import { payload, runEvent, span } from '@runtape/testing'
import type { SqliteStore } from '../src/store-in-sqlite.ts'

const itemOf = (sourceTraceId: string, attempt: number): ItemRecord => ({
  sourceTraceId,
  attempt,
  outcome: 'unknown',
  reason: 'not compared',
  error: null,
  originalError: null,
  traceId: newTraceId(),
  recorded: { durationMs: 1, tokens: null, model: null },
  replay: { durationMs: 1, tokens: null },
  scores: {},
  calls: [],
})

/** Writes something of every kind that a store keeps, about a run and a trace of this name. */
export async function writeEverything(store: SqliteStore, name: string): Promise<void> {
  const at = Date.now() - 1000
  const root = span({ runId: name, key: name, output: payload('x'.repeat(300_000)) })
  const { traceId } = root
  const context = { kind: 'user', key: name }
  const tokens = runEvent({
    runId: name,
    metric: 'tokens',
    at,
    context,
    traceId,
    value: { input: 1, output: 1, total: 2 },
  })
  await store.append([root, tokens, runEvent({ runId: `${name}-2`, at, context })])
  await store.append([{ ...tokens, cost: { nanoUsd: 5, priceList: 'p' } }])
  await store.append([
    { ...tokens, value: { input: 9, output: 1, total: 10 } },
    runEvent({ runId: `${name}-3`, at: 5 }),
  ])
  await store.health.report({
    reporter: `recorder-${name}`,
    counts: [{ kind: 'dropped-span', count: 3, firstAt: at, lastAt: at, samples: [] }],
  })
  await store.erase({ runId: `${name}-erased` })
  store.setAside.put(runEvent({ runId: `${name}-4` }), 'for a test')
  await writeTestRun(store, name, traceId)
  await store.reviews.put({ runId: name, by: 'bo', comment: 'good', scores: { tone: 1 } })
  await store.reviews.put({ traceId, by: 'bo', pass: false })
  await store.reviews.withdraw({ traceId, by: 'bo' })
  await store.reviews.next({ by: 'ada', open: 'by', runs: {} })
  await store.cohorts.create(name, { put: [{ traceId, note: 'first' }], comment: 'made' })
  await store.cohorts.change(name, { put: [{ traceId, expected: payload('y') }], by: 'bo' })
  await store.cohorts.create(`${name}-gone`)
  await store.cohorts.remove(`${name}-gone`)
  await store.views.put({ name, filter: 'model:a', by: 'bo' })
  await store.budgets.put({ name, measure: 'runs', limit: 2, window: '1h', where: { contextKey: name } })
  await store.budgets.check()
}

async function writeTestRun({ testRuns }: Store, name: string, traceId: string): Promise<void> {
  const { testRunId } = await testRuns.start({ testRunId: name, key: name, sourceTraceIds: [traceId] })
  await testRuns.putItem(testRunId, itemOf(traceId, 1))
  await testRuns.putLate(testRunId, {
    sourceTraceId: traceId,
    attempt: 1,
    outcome: 'changed',
    lateErrors: [],
    calls: [],
  })
  await testRuns.putItem(testRunId, itemOf(traceId, 2))
  await testRuns.putVerdict(testRunId, traceId, { pass: false, by: 'bo' })
  await testRuns.withdrawVerdict(testRunId, traceId, { by: 'bo' })
  await testRuns.putVerdict(testRunId, traceId, { pass: true, by: 'ada' })
  await testRuns.complete(testRunId, 'completed', {})
}

/** What readers see of it. */
export async function readEverything(store: SqliteStore, name: string): Promise<unknown> {
  const { counts } = await store.health.get()
  return {
    runs: (await store.runs.list({ contextKey: name })).items.map(({ runId, metrics }) => [runId, metrics]),
    traces: (await store.traces.list({ key: name })).items.map(({ traceId }) => traceId),
    testRun: await store.testRuns.get(name),
    items: (await store.testRuns.items(name)).items,
    verdicts: await store.testRuns.verdicts(name),
    reviews: (await store.reviews.list({ history: true })).items.filter(({ by }) => by === 'bo'),
    cohorts: (await store.cohorts.list()).items,
    versions: (await store.cohorts.versions(name)).items,
    entries: (await store.cohorts.entries(`${name}@1`)).items.concat(
      (await store.cohorts.entries(name)).items,
    ),
    views: await store.views.list(),
    budgets: (await store.budgets.list()).map(budget => budget.name),
    crossings: await store.budgets.crossings(),
    // A misdated record is counted at the time at which it was copied.
    counts: counts.map(({ kind, count, samples }) => ({ kind, count, samples: samples.length })),
    setAside: store.setAside.list().map(({ id: _, ...record }) => record),
  }
}
