import type { RunEvent } from '@runtape/core'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import type { AsOf, ListQuery, Page, Store } from '@runtape/core/store'
import { payload, runEvent, span, testTime } from '../../records.ts'
import { itemRecord } from '../test-runs/item-records.ts'

/** Ids of what `fill` writes, and of what `grow` adds to it. */
export const past = () => ({
  traces: Array.from({ length: 5 }, newTraceId),
  laterSpanId: newSpanId(),
  items: Array.from({ length: 5 }, () => itemRecord()),
})

export type Past = ReturnType<typeof past>

const first = ({ traces: [id = ''] }: Past): string => id
const runOf = (index: number): string => `run-${index}`

const call = (index: number, traceId: string, spanId: string): RunEvent =>
  runEvent({
    runId: runOf(index),
    traceId,
    at: testTime + index,
    metric: `call:${spanId}`,
    value: { status: 'success', durationMs: 5, usage: { input: 3, output: 4, total: 7 } },
  })

const spanOfCall = (index: number): string => `${index}`.repeat(16)

/** Five of everything that a list can return. */
export async function fill(store: Store, it: Past): Promise<void> {
  for (const [index, traceId] of it.traces.entries()) {
    const root = span({ traceId, startedAt: testTime + index, input: payload(`asked ${index}`), tags: ['a'] })
    const [runId, spanId] = [runOf(index), spanOfCall(index)]
    const child = span({ traceId, spanId, parentSpanId: root.spanId, seq: 1, runId, key: 'asked.model' })
    await store.append([root, child, call(index, traceId, spanId)])
  }
  const traceId = first(it)
  await store.append(
    [2, 3, 4].map(seq => span({ traceId, parentSpanId: spanOfCall(0), seq, name: `asked ${seq}` })),
  )
  await fillTestRuns(store, it)
  await fillReviewing(store, it)
}

async function fillTestRuns({ testRuns }: Store, it: Past): Promise<void> {
  for (let index = 0; index < 5; index++)
    await testRuns.start({ testRunId: `test-${index}`, key: 'k', sourceTraceIds: it.traces })
  for (const item of it.items) await testRuns.putItem('test-0', item)
  for (const by of ['ada', 'bo'])
    await testRuns.putVerdict('test-0', it.items[0]?.traceId ?? '', { pass: true, by })
}

async function fillReviewing({ cohorts, reviews }: Store, { traces }: Past): Promise<void> {
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    await cohorts.create(`cohort-${name}`, { put: traces.map(traceId => ({ traceId })) })
  for (const comment of ['2', '3', '4', '5'])
    await cohorts.change('cohort-a', { put: [{ traceId: traces[0] ?? '', note: comment }], comment })
  for (const by of ['ada', 'bo', 'cy']) await reviews.put({ runId: runOf(0), by, pass: true })
  for (const by of ['ada', 'bo']) await reviews.put({ traceId: traces[1] ?? '', by, comment: 'fine' })
}

/** Writes, withdraws and changes so much that every read returns something else. Also before, and between, what is there. */
export async function grow(store: Store, it: Past, turn = 0): Promise<void> {
  const traceId = first(it)
  const more = [0, 9].map(at => testTime + at - turn)
  await store.append([
    ...more.flatMap(startedAt => [
      span({ startedAt, input: payload('asked later'), tags: ['a'] }),
      span({ traceId, parentSpanId: spanOfCall(0), startedAt, seq: turn, name: 'asked later' }),
      runEvent({ runId: `late-${startedAt}-${turn}`, at: startedAt }),
    ]),
    ...(turn === 0 ? [span({ traceId, spanId: it.laterSpanId, parentSpanId: spanOfCall(0), seq: 9 })] : []),
    // An earlier root of the same trace, a price and feedback on a known run.
    span({ traceId, startedAt: testTime - 100 - turn, input: payload('asked before') }),
    { ...call(0, traceId, spanOfCall(0)), cost: { nanoUsd: 9, priceList: 'test@1' } },
    runEvent({
      runId: runOf(0),
      metric: 'feedback',
      value: { kind: 'negative', comment: 'asked in vain' },
    }),
    runEvent({ runId: runOf(turn), metric: 'outcome', value: { status: 'success' }, at: testTime - 5 }),
  ])
  await growTestRuns(store, it, turn)
  await growReviewing(store, it, turn)
}

async function growTestRuns({ testRuns }: Store, { items, traces }: Past, turn: number): Promise<void> {
  await testRuns.start({ testRunId: `test-late-${turn}`, key: 'k', sourceTraceIds: traces })
  await testRuns.putItem('test-0', itemRecord())
  const { sourceTraceId = '', traceId } = items[turn % items.length] ?? {}
  const late = { sourceTraceId, attempt: 1, outcome: 'failed', lateErrors: ['late'], calls: [] } as const
  await testRuns.putLate('test-0', late)
  await testRuns.putVerdict('test-0', traceId ?? '', { pass: false, by: 'cy' })
  await testRuns.withdrawVerdict('test-0', items[0]?.traceId ?? '', { by: 'bo' })
  await testRuns.complete('test-0')
}

async function growReviewing({ cohorts, reviews }: Store, it: Past, turn: number): Promise<void> {
  const [traceId, other = ''] = [first(it), it.traces[4 - (turn % 4)]]
  await cohorts.create(`cohort-${turn % 2 ? 'aa' : 'z'}-${turn}`, { put: [{ traceId }] })
  await cohorts.change('cohort-a', { put: [{ traceId, note: `late ${turn}` }], remove: [other] })
  await reviews.withdraw({ runId: runOf(0), by: 'bo' })
  for (const index of [0, 1 + (turn % 4)]) await reviews.put({ runId: runOf(index), by: 'ada', pass: false })
  for (const index of [2, 3]) await reviews.put({ runId: runOf(index), by: `cy-${turn}`, pass: true })
  await reviews.put({ traceId: it.traces[4] ?? '', by: 'di', pass: true })
}

/** A read that takes `asOf`. */
export interface PastRead {
  readonly name: string
  readonly read: (store: Store, it: Past, asOf: AsOf) => Promise<unknown>
}

const query = { runs: {}, open: 'by', by: 'ada' } as const

const single: readonly PastRead[] = [
  { name: 'runs.get', read: ({ runs }, _, asOf) => runs.get(runOf(0), asOf) },
  { name: 'runs.usage', read: ({ runs }, _, asOf) => runs.usage({ ...asOf, groupBy: ['config', 'day'] }) },
  { name: 'runs.facets', read: ({ runs }, _, asOf) => runs.facets({ ...asOf, field: 'contextKey' }) },
  { name: 'traces.get', read: ({ traces }, it, asOf) => traces.get(first(it), asOf) },
  { name: 'traces.getSpan', read: ({ traces }, it, asOf) => traces.getSpan(first(it), it.laterSpanId, asOf) },
  {
    name: 'traces.payload',
    read: ({ traces }, it, asOf) => traces.payload(first(it), it.laterSpanId, { ...asOf, of: 'input' }),
  },
  { name: 'testRuns.get', read: ({ testRuns }, _, asOf) => testRuns.get('test-0', asOf) },
  {
    name: 'testRuns.item',
    read: ({ testRuns }, { items: [item] }, asOf) =>
      testRuns.item('test-0', { sourceTraceId: item?.sourceTraceId ?? '' }, asOf),
  },
  { name: 'testRuns.verdicts', read: ({ testRuns }, _, asOf) => testRuns.verdicts('test-0', asOf) },
  { name: 'cohorts.get', read: ({ cohorts }, _, asOf) => cohorts.get('cohort-a', asOf) },
  { name: 'cohorts.get of a version', read: ({ cohorts }, _, asOf) => cohorts.get('cohort-a@6', asOf) },
  { name: 'reviews.progress', read: ({ reviews }, _, asOf) => reviews.progress({ ...asOf, ...query }) },
  {
    name: 'reviews.progress of a cohort',
    read: ({ reviews }, _, asOf) => reviews.progress({ ...asOf, cohort: 'cohort-a' }),
  },
]

/** A list that takes `asOf` and returns pages. */
export interface PastList {
  readonly name: string
  readonly list: (store: Store, it: Past, query: ListPart) => Promise<Page<unknown>>
  /** Its pages follow what happens, unless it is read as of a revision, and only lead forward. */
  readonly isLive?: true
}

type ListPart = Pick<ListQuery, 'limit' | 'cursor' | 'asOf'>

export const pastLists: readonly PastList[] = [
  { name: 'runs.list', list: ({ runs }, _, part) => runs.list(part) },
  { name: 'runs.list by cost', list: ({ runs }, _, part) => runs.list({ ...part, sort: 'cost' }) },
  { name: 'traces.list', list: ({ traces }, _, part) => traces.list(part) },
  { name: 'traces.list of a tag', list: ({ traces }, _, part) => traces.list({ ...part, tag: 'a' }) },
  {
    name: 'traces.skeleton',
    list: async ({ traces }, it, part) => (await traces.skeleton(first(it), part)) ?? { items: [] },
  },
  {
    name: 'traces.search',
    list: ({ traces }, it, part) => traces.search(first(it), { ...part, text: 'asked' }),
  },
  { name: 'testRuns.list', list: ({ testRuns }, _, part) => testRuns.list(part) },
  { name: 'testRuns.items', list: ({ testRuns }, _, part) => testRuns.items('test-0', part) },
  {
    name: 'testRuns.items of an outcome',
    list: ({ testRuns }, _, part) => testRuns.items('test-0', { ...part, only: 'same' }),
  },
  { name: 'search', list: (store, _, part) => store.search({ ...part, text: 'asked' }) },
  {
    name: 'search in runs',
    list: (store, _, part) => store.search({ ...part, text: 'asked', outcome: 'unfinished' }),
  },
  { name: 'cohorts.list', list: ({ cohorts }, _, part) => cohorts.list(part) },
  { name: 'cohorts.versions', list: ({ cohorts }, _, part) => cohorts.versions('cohort-a', part) },
  { name: 'cohorts.entries', list: ({ cohorts }, _, part) => cohorts.entries('cohort-a', part) },
  { name: 'reviews.list', list: ({ reviews }, _, part) => reviews.list(part) },
  {
    name: 'reviews.list of the history',
    list: ({ reviews }, _, part) => reviews.list({ ...part, history: true }),
  },
  {
    name: 'reviews.queue',
    list: ({ reviews }, _, part) => reviews.queue({ ...part, ...query }),
    isLive: true,
  },
  {
    name: 'reviews.queue of a cohort',
    list: ({ reviews }, _, part) => reviews.queue({ ...part, cohort: 'cohort-a' }),
    isLive: true,
  },
]

/** Every read. */
export const pastReads: readonly PastRead[] = [
  ...single,
  ...pastLists.map(({ name, list }) => ({
    name,
    read: async (store: Store, it: Past, asOf: AsOf) =>
      (await list(store, it, { ...asOf, limit: 1000 })).items,
  })),
]
