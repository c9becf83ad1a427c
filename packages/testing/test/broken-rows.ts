import type { ListedRun, QueueQuery, RunQuery, Store } from '@runtape/core/store'
import { memoryStore } from '../src/memory-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** A memory store with another `runs.list`. */
function withList(
  change: (list: Store['runs']['list'], query: RunQuery & { fields?: 'row' }) => unknown,
): Store {
  const store = memoryStore()
  const list = async (query: RunQuery = {}) => change(store.runs.list, query)
  return { ...store, runs: { ...store.runs, list: list as Store['runs']['list'] } }
}

const returnsWholeRuns = (): Store => withList((list, { fields: _, ...query }) => list(query))

/** Each row as the run is now, also on pages and at revisions of the past. */
function readsRowsOfNow(): Store {
  return withList(async (list, query) => {
    const page = await list(query)
    if (query.fields === undefined) return page
    const now = await list({ fields: 'row', limit: 1000 })
    const rows = new Map(now.items.map(row => [row.runId, row]))
    return { ...page, items: page.items.map(({ runId }) => rows.get(runId)) }
  })
}

const takesUnknownForZero = (): Store =>
  withList(async (list, query) => {
    const page = await list(query)
    if (query.fields === undefined) return page
    return { ...page, items: page.items.map((row: Partial<ListedRun>) => ({ nanoUsd: 0, ...row })) }
  })

/** Skips the runs of the time at which a page ended. */
function continuesAfterTheTime(): Store {
  const store = memoryStore()
  const queue = async ({ cursor, limit = 50, ...query }: QueueQuery) => {
    const all = await store.reviews.queue({ ...query, limit: 100_000 })
    const open = all.items.filter(({ at }) => cursor === undefined || at > Number(cursor))
    const items = open.slice(0, limit)
    return { items, ...(open.length > limit && { nextCursor: String(items.at(-1)?.at) }) }
  }
  return { ...store, reviews: { ...store.reviews, queue } }
}

/** Stores with a defect in rows or in pages of queues. */
export const brokenRows: readonly BrokenStore[] = [
  {
    does: 'returns whole runs as rows',
    open: returnsWholeRuns,
    breaks: ['runs.list: a row has neither events nor values of events, and unknown facts are absent'],
  },
  {
    does: 'reads rows as they are now, whatever the revision',
    open: readsRowsOfNow,
    breaks: [
      'runs.list: rows of a revision and of later pages are as whole runs, whatever arrives meanwhile',
    ],
  },
  {
    does: 'takes an unknown cost for zero in rows',
    open: takesUnknownForZero,
    breaks: ['runs.list: rows have the facts of whole runs, in every order and on every page'],
  },
  {
    does: 'continues a queue after the time of its last page',
    open: continuesAfterTheTime,
    breaks: ['reviews.queue: pages contain every one of many runs of the same time once'],
  },
]

/** Stores that take what they cannot read. */
export const brokenArguments: readonly BrokenStore[] = [
  {
    does: 'removes a budget without a name',
    open: () => {
      const store = memoryStore()
      return { ...store, budgets: { ...store.budgets, remove: async () => false } }
    },
    breaks: ['arguments: ids and names that are no texts are refused by every member'],
  },
  {
    does: 'takes a page beyond all limits for an empty one',
    open: () => {
      const store = memoryStore()
      const list: Store['testRuns']['list'] = async query =>
        Number(query?.limit) > 1e9 || query?.limit === null ? { items: [] } : store.testRuns.list(query)
      return { ...store, testRuns: { ...store.testRuns, list } }
    },
    breaks: [
      'arguments: impossible limits and foreign cursors are refused by every list, and the largest limit is not',
    ],
  },
]
