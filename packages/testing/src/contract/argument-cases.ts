import assert from 'node:assert/strict'
import type { Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../records.ts'
import type { StoreContractCase } from './case.ts'
import { itemRecord } from './test-runs/item-records.ts'

/** A call of a member of the store with one argument to choose. */
type Call = (store: Store, value: never) => unknown

const ids = {
  run: 'run-1',
  trace: '1'.padStart(32, '0'),
  span: '2'.padStart(16, '0'),
  testRun: 'test-run-1',
}

/** Every member of a store that takes an id or a name. */
const texts: Readonly<Record<string, Call>> = {
  'runs.get': ({ runs }, id) => runs.get(id),
  'traces.get': ({ traces }, id) => traces.get(id),
  'traces.getSpan trace': ({ traces }, id) => traces.getSpan(id, ids.span),
  'traces.getSpan span': ({ traces }, id) => traces.getSpan(ids.trace, id),
  'traces.skeleton': ({ traces }, id) => traces.skeleton(id),
  'traces.payload trace': ({ traces }, id) => traces.payload(id, ids.span, { of: 'input' }),
  'traces.payload span': ({ traces }, id) => traces.payload(ids.trace, id, { of: 'input' }),
  'traces.search': ({ traces }, id) => traces.search(id, { text: 'a' }),
  'testRuns.complete': ({ testRuns }, id) => testRuns.complete(id),
  'testRuns.get': ({ testRuns }, id) => testRuns.get(id),
  'testRuns.putItem': ({ testRuns }, id) => testRuns.putItem(id, itemRecord()),
  'testRuns.items': ({ testRuns }, id) => testRuns.items(id),
  'testRuns.item': ({ testRuns }, id) => testRuns.item(id, { sourceTraceId: ids.trace }),
  'testRuns.putVerdict test run': ({ testRuns }, id) => testRuns.putVerdict(id, ids.trace, { pass: true }),
  'testRuns.putVerdict trace': ({ testRuns }, id) => testRuns.putVerdict(ids.testRun, id, { pass: true }),
  'testRuns.withdrawVerdict test run': ({ testRuns }, id) => testRuns.withdrawVerdict(id, ids.trace),
  'testRuns.withdrawVerdict trace': ({ testRuns }, id) => testRuns.withdrawVerdict(ids.testRun, id),
  'testRuns.verdicts': ({ testRuns }, id) => testRuns.verdicts(id),
  'cohorts.create': ({ cohorts }, name) => cohorts.create(name),
  'cohorts.change': ({ cohorts }, name) => cohorts.change(name, {}),
  'cohorts.get': ({ cohorts }, name) => cohorts.get(name),
  'cohorts.versions': ({ cohorts }, name) => cohorts.versions(name),
  'cohorts.entries': ({ cohorts }, name) => cohorts.entries(name),
  'cohorts.remove': ({ cohorts }, name) => cohorts.remove(name),
  'views.get': ({ views }, name) => views.get(name),
  'views.remove': ({ views }, name) => views.remove(name),
  'budgets.remove': ({ budgets }, name) => budgets.remove(name),
}

const badTexts: readonly unknown[] = [undefined, null, 5, Number.NaN, true, [], {}, 5n, Symbol('a')]

/** Every member that takes a query or options; they need none. */
const optional: Readonly<Record<string, Call>> = {
  'runs.get': ({ runs }, options) => runs.get(ids.run, options),
  'runs.list': ({ runs }, query) => runs.list(query),
  'runs.usage': ({ runs }, query) => runs.usage(query),
  'traces.get': ({ traces }, options) => traces.get(ids.trace, options),
  'traces.getSpan': ({ traces }, options) => traces.getSpan(ids.trace, ids.span, options),
  'traces.list': ({ traces }, query) => traces.list(query),
  'traces.skeleton': ({ traces }, query) => traces.skeleton(ids.trace, query),
  'testRuns.get': ({ testRuns }, options) => testRuns.get(ids.testRun, options),
  'testRuns.list': ({ testRuns }, query) => testRuns.list(query),
  'testRuns.items': ({ testRuns }, query) => testRuns.items(ids.testRun, query),
  'testRuns.item': ({ testRuns }, options) =>
    testRuns.item(ids.testRun, { sourceTraceId: ids.trace }, options),
  'testRuns.withdrawVerdict': ({ testRuns }, given) =>
    testRuns.withdrawVerdict(ids.testRun, ids.trace, given),
  'testRuns.verdicts': ({ testRuns }, query) => testRuns.verdicts(ids.testRun, query),
  'cohorts.list': ({ cohorts }, query) => cohorts.list(query),
  'cohorts.versions': ({ cohorts }, query) => cohorts.versions('kept', query),
  'cohorts.entries': ({ cohorts }, query) => cohorts.entries('kept', query),
  'reviews.list': ({ reviews }, query) => reviews.list(query),
  'budgets.state': ({ budgets }, query) => budgets.state(query),
  'budgets.crossings': ({ budgets }, query) => budgets.crossings(query),
  'prune options': ({ prune }, options) => prune({ runs: { before: '2020-01-01' } }, options),
  'erase options': ({ erase }, options) => erase({ runId: 'none' }, options),
}

/** Every member that needs an object. */
const needed: Readonly<Record<string, Call>> = {
  append: ({ append }, records) => append(records),
  'append a record': ({ append }, record) => append([record]),
  'runs.facets': ({ runs }, query) => runs.facets(query),
  'traces.payload': ({ traces }, query) => traces.payload(ids.trace, ids.span, query),
  'traces.search': ({ traces }, query) => traces.search(ids.trace, query),
  'testRuns.start': ({ testRuns }, start) => testRuns.start(start),
  'testRuns.putItem': ({ testRuns }, item) => testRuns.putItem(ids.testRun, item),
  'testRuns.putLate': ({ testRuns }, late) => testRuns.putLate(ids.testRun, late),
  'testRuns.item': ({ testRuns }, identity) => testRuns.item(ids.testRun, identity),
  'testRuns.putVerdict': ({ testRuns }, verdict) => testRuns.putVerdict(ids.testRun, ids.trace, verdict),
  'reviews.put': ({ reviews }, review) => reviews.put(review),
  'reviews.withdraw': ({ reviews }, withdrawal) => reviews.withdraw(withdrawal),
  'reviews.queue': ({ reviews }, query) => reviews.queue(query),
  'reviews.next': ({ reviews }, query) => reviews.next(query),
  'reviews.release': ({ reviews }, claimed) => reviews.release(claimed),
  'reviews.progress': ({ reviews }, queue) => reviews.progress(queue),
  'budgets.put': ({ budgets }, budget) => budgets.put(budget),
  'health.report': ({ health }, report) => health.report(report),
  'health.report count': ({ health }, count) => health.report({ reporter: 'a', counts: [count] }),
  'health.report sample': ({ health }, sample) =>
    health.report({ reporter: 'a', counts: [withSample(sample)] }),
  'views.put': ({ views }, view) => views.put(view),
  search: ({ search }, query) => search(query),
  prune: ({ prune }, query) => prune(query),
  erase: ({ erase }, target) => erase(target),
}

const withSample = (sample: never) => {
  const times = { firstAt: testTime, lastAt: testTime }
  return { kind: 'refused', count: 1, ...times, samples: [sample] } as const
}

const badObjects: readonly unknown[] = [null, 5, Number.NaN, '', 'text', true, { nonsense: 1 }, () => {}]

/** Lists by limit and cursor. */
const pages: Readonly<Record<string, Call>> = {
  'runs.list': ({ runs }, page) => runs.list(page),
  'traces.list': ({ traces }, page) => traces.list(page),
  'traces.skeleton': ({ traces }, page) => traces.skeleton(ids.trace, page),
  'traces.search': ({ traces }, page) => traces.search(ids.trace, { text: 'a', ...(page as object) }),
  'testRuns.list': ({ testRuns }, page) => testRuns.list(page),
  'testRuns.items': ({ testRuns }, page) => testRuns.items(ids.testRun, page),
  'cohorts.list': ({ cohorts }, page) => cohorts.list(page),
  'cohorts.versions': ({ cohorts }, page) => cohorts.versions('kept', page),
  'cohorts.entries': ({ cohorts }, page) => cohorts.entries('kept', page),
  'reviews.list': ({ reviews }, page) => reviews.list(page),
  'reviews.queue': ({ reviews }, page) => reviews.queue({ runs: {}, ...(page as object) }),
}

const badPages: readonly object[] = [
  ...[0, -1, 1.5, Number.NaN, Infinity, '5', null, 2 ** 53, 5n].map(limit => ({ limit })),
  ...['', 'nonsense', 5, null, {}, 'eyJhIjoxfQ', '\ud800'].map(cursor => ({ cursor })),
]

/** Checks that a call is refused with a message that says what it got or what to pass. */
async function assertRefusal(name: string, value: unknown, call: () => unknown): Promise<void> {
  const shown = () =>
    `${name} with ${typeof value === 'object' ? JSON.stringify(value, asText) : String(value)}`
  // A call that throws instead of rejecting is wrong, too.
  const outcome = await Promise.resolve(call()).then(
    () => undefined,
    (error: { code?: string; message: string }) => error,
  )
  assert.ok(outcome, `${shown()} must be refused`)
  const codes = name.startsWith('append a') ? ['invalid-record'] : ['invalid-option']
  assert.ok(codes.includes(outcome.code ?? ''), `${shown()}: ${outcome.code} ${outcome.message}`)
  assert.match(outcome.message, /^.{8,}\.$/s, shown())
}

const asText = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)

async function filled(store: Store): Promise<void> {
  const { trace: traceId, span: spanId, run: runId, testRun: testRunId } = ids
  await store.append([runEvent({ runId, traceId }), span({ traceId, spanId, runId })])
  await store.testRuns.start({ testRunId, key: 'a', sourceTraceIds: [traceId] })
  await store.cohorts.create('kept', { put: [{ traceId }] })
}

export const argumentCases: readonly StoreContractCase[] = [
  {
    title: 'arguments: ids and names that are no texts are refused by every member',
    check: async ({ store }) => {
      await filled(store)
      for (const [name, call] of Object.entries(texts))
        for (const value of badTexts) await assertRefusal(name, value, () => call(store, value as never))
    },
  },
  {
    title: 'arguments: every member takes any text as an id, also an empty one and half a surrogate pair',
    check: async ({ store }) => {
      await filled(store)
      for (const value of ['', '\ud800', 'a\0b', '%', "'", 'x'.repeat(100_000)])
        for (const [name, call] of Object.entries(texts)) {
          const failed = await Promise.resolve(call(store, value as never)).then(
            () => undefined,
            (error: { code?: string }) => error,
          )
          assert.ok(failed === undefined || failed.code === 'invalid-option', `${name}: ${failed?.code}`)
        }
      assert.equal((await store.runs.list()).items.length, 1)
    },
  },
  {
    title:
      'arguments: a query or options of the wrong type or with an unknown field are refused by every member',
    check: async ({ store }) => {
      await filled(store)
      for (const [name, call] of Object.entries({ ...optional, ...needed }))
        for (const value of badObjects) await assertRefusal(name, value, () => call(store, value as never))
      for (const [name, call] of Object.entries(needed))
        await assertRefusal(name, undefined, () => call(store, undefined as never))
      assert.deepEqual((await store.health.get()).counts, [])
    },
  },
  {
    title: 'arguments: a query or options may be omitted',
    check: async ({ store }) => {
      await filled(store)
      for (const call of Object.values(optional)) await call(store, undefined as never)
    },
  },
  {
    title:
      'arguments: impossible limits and foreign cursors are refused by every list, and the largest limit is not',
    check: async ({ store }) => {
      await filled(store)
      for (const [name, call] of Object.entries(pages)) {
        for (const page of badPages) await assertRefusal(name, page, () => call(store, page as never))
        await call(store, { limit: Number.MAX_SAFE_INTEGER } as never)
      }
    },
  },
]
