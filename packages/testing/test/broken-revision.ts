import type { Store } from '@runtape/core/store'
import { memoryStore } from '../src/memory-store.ts'
import type { BrokenStore } from './broken-store.ts'

const returnsThen = (name: string): string =>
  `asOf: ${name} returns what it returned then, whatever was written, changed or withdrawn since`
const showsFirst = (name: string): string =>
  `pages: those of ${name} show the revision of the first one, forward and back`

/** A store that reads the skeleton of now, whatever `asOf` is. */
function ignoresAsOf(): Store {
  const store = memoryStore()
  const skeleton: Store['traces']['skeleton'] = (traceId, { asOf: _, ...query } = {}) =>
    store.traces.skeleton(traceId, query)
  return { ...store, traces: { ...store.traces, skeleton } }
}

/** A store whose later pages of items are of now. */
function followsWrites(): Store {
  const store = memoryStore()
  const ofNow = async (cursor: string): Promise<string> => {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as object
    const now = { ...parts, mark: Number.parseInt((await store.revision()).slice(1), 10) }
    return Buffer.from(JSON.stringify(now)).toString('base64url')
  }
  const items: Store['testRuns']['items'] = async (testRunId, query = {}) => {
    const { cursor } = query
    if (cursor === undefined) return store.testRuns.items(testRunId, query)
    return store.testRuns.items(testRunId, { ...query, cursor: await ofNow(cursor) })
  }
  return { ...store, testRuns: { ...store.testRuns, items } }
}

/** A store whose cursors of reviews only lead forward. */
function leadsForwardOnly(): Store {
  const store = memoryStore()
  const list: Store['reviews']['list'] = async query => {
    const { previousCursor: _, ...page } = await store.reviews.list(query)
    return page
  }
  return { ...store, reviews: { ...store.reviews, list } }
}

/** A store whose previous page begins at the start of the list. */
function startsOver(): Store {
  const store = memoryStore()
  const list: Store['cohorts']['list'] = async (query = {}) => {
    const step = query.cursor && JSON.parse(Buffer.from(query.cursor, 'base64url').toString()).step
    const { cursor: _, ...first } = query
    return store.cohorts.list(step === 'before' ? first : query)
  }
  return { ...store, cohorts: { ...store.cohorts, list } }
}

/** A store that counts the reviews of now in a queue as of a revision. */
function forgetsWhenReviewed(): Store {
  const store = memoryStore()
  const queue: Store['reviews']['queue'] = async ({ asOf, ...query }) => {
    const { items } = await store.reviews.queue({ ...query, limit: 1000 })
    const open = new Set(items.map(({ runId, traceId }) => runId ?? traceId))
    const page = await store.reviews.queue({ ...query, ...(asOf !== undefined && { asOf }) })
    return { ...page, items: page.items.filter(({ runId, traceId }) => open.has(runId ?? traceId)) }
  }
  return { ...store, reviews: { ...store.reviews, queue } }
}

/** A store that returns its views of now as those of a revision. */
function ignoresAsOfInViews(): Store {
  const store = memoryStore()
  return { ...store, views: { ...store.views, list: () => store.views.list() } }
}

export const brokenRevisions: readonly BrokenStore[] = [
  {
    does: 'ignores asOf for the skeleton of a trace',
    open: ignoresAsOf,
    breaks: [
      returnsThen('traces.skeleton'),
      'asOf: as of a time, every read returns what had been received by then',
    ],
  },
  {
    does: 'shows later pages of items as they are now',
    open: followsWrites,
    breaks: [showsFirst('testRuns.items'), showsFirst('testRuns.items of an outcome')],
  },
  {
    does: 'has no way back in its list of reviews',
    open: leadsForwardOnly,
    breaks: [showsFirst('reviews.list'), showsFirst('reviews.list of the history')],
  },
  {
    does: 'returns the first page as the previous one',
    open: startsOver,
    breaks: [showsFirst('cohorts.list')],
  },
  {
    does: 'leaves out of a past queue what was reviewed later',
    open: forgetsWhenReviewed,
    breaks: [returnsThen('reviews.queue'), returnsThen('reviews.queue of a cohort')],
  },
  {
    does: 'returns the views of now as those of a revision',
    open: ignoresAsOfInViews,
    breaks: ['asOf: a read that is always of now refuses it'],
  },
]
