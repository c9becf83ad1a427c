import type { CohortItem, QueueItem, Store } from '@runtape/core/store'
import { newTape, type Tape } from '../src/memory/traces/tape.ts'
import { storeOnTape } from '../src/memory-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** A memory store with other cohorts. */
function withCohorts(change: (cohorts: Store['cohorts'], tape: Tape) => Partial<Store['cohorts']>): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  return { ...store, cohorts: { ...store.cohorts, ...change(store.cohorts, tape) } }
}

const readsNewestOnly = (): Store =>
  withCohorts(({ entries }) => ({
    entries: (cohort, query) => entries(cohort.replace(/@\d+$/, ''), query),
  }))

/** Reads the entries and later writes all of them, so concurrent changes are lost. */
const losesOneOfTwoChanges = (): Store =>
  withCohorts(({ change, entries }) => ({
    change: async (name, wanted) => {
      const { items } = await entries(name, { limit: 10_000 })
      await new Promise(resolve => setImmediate(resolve))
      const { items: now } = await entries(name, { limit: 10_000 })
      const seen = new Set(items.map(({ traceId }) => traceId))
      const lost = now.map(({ traceId }) => traceId).filter(id => !seen.has(id))
      const isOwn = (id: string) => wanted.put?.some(({ traceId }) => traceId === id)
      return change(name, { ...wanted, remove: [...(wanted.remove ?? []), ...lost.filter(id => !isOwn(id))] })
    },
  }))

const followsTheNewestVersion = (): Store =>
  withCohorts(({ entries }) => ({
    entries: async (cohort, { cursor, ...query } = {}) => {
      const from = cursor === undefined ? 0 : Number(cursor)
      const { items } = await entries(cohort, { ...query, limit: 100_000 })
      const end = from + (query.limit ?? 50)
      return { items: items.slice(from, end), ...(end < items.length && { nextCursor: String(end) }) }
    },
  }))

/** Keeps erased data. */
function keepsExpected(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const erase: Store['erase'] = async (...args) => {
    const cohorts = [...tape.cohorts]
    const receipt = await store.erase(...args)
    for (const [name, cohort] of cohorts) tape.cohorts.set(name, cohort)
    return receipt
  }
  return { ...store, erase }
}

const forgetsGoneTraces = (): Store =>
  withCohorts(({ entries }) => {
    const isThere = ({ trace }: CohortItem) => trace !== undefined
    return {
      entries: async (...args) => {
        const page = await entries(...args)
        return { ...page, items: page.items.filter(isThere) }
      },
    }
  })

const countsVersionsAgain = (): Store =>
  withCohorts(({ remove }, tape) => ({
    remove: name => remove(name).finally(() => tape.removedCohorts.clear()),
  }))

/** A memory store with other reviews. */
function withReviews(change: (reviews: Store['reviews'], tape: Tape) => Partial<Store['reviews']>): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  return { ...store, reviews: { ...store.reviews, ...change(store.reviews, tape) } }
}

const keepsOneReview = (): Store =>
  withReviews(({ put }, tape) => ({
    put: review => {
      const before = tape.reviews.findIndex(
        ({ review: { runId } }) => runId !== undefined && runId === review.runId,
      )
      if (before !== -1) tape.reviews.splice(before, 1)
      return put(review)
    },
  }))

const forgetsWithdrawn = (): Store =>
  withReviews(({ withdraw }, tape) => ({
    withdraw: async withdrawal => {
      const review = await withdraw(withdrawal)
      const at = tape.reviews.findIndex(each => each.review.reviewId === review?.reviewId)
      if (at !== -1) tape.reviews.splice(at, 1)
      return review
    },
  }))

const claimsNothing = (): Store =>
  withReviews(({ queue }) => ({
    next: async ({ skip: _skip, claimMs: _ms, by, ...query }) => (await queue({ ...query, by })).items[0],
  }))

/** Also for a reviewer who has claimed a later item. */
const takesTheFirst = (): Store =>
  withReviews(({ next, queue }) => ({
    next: async query => {
      const { skip = [], claimMs: _, ...selection } = query
      const { items } = await queue({ ...selection, limit: 1000 })
      const ids = ({ runId, traceId }: QueueItem) => [runId, traceId].filter(id => id !== undefined)
      const isFree = (item: QueueItem) =>
        (item.claim?.by ?? query.by) === query.by && !ids(item).some(id => skip.includes(id))
      const first = items.find(isFree)
      return next({ ...query, skip: [...skip, ...items.filter(item => item !== first).flatMap(ids)] })
    },
  }))

const keepsClaims = (): Store =>
  withReviews(({ next }) => ({ next: query => next({ ...query, claimMs: 600_000 }) }))

function keepsReviews(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const erase: Store['erase'] = async (...args) => {
    const reviews = [...tape.reviews]
    const receipt = await store.erase(...args)
    tape.reviews.splice(0, tape.reviews.length, ...reviews)
    return receipt
  }
  return { ...store, erase }
}

const countsAllReviewed = (): Store =>
  withReviews(({ list, progress }) => ({
    progress: async queue => {
      const reviewed = new Set(
        (await list({ limit: 1000 })).items.map(({ runId, traceId }) => runId ?? traceId),
      ).size
      return { ...(await progress(queue)), reviewed }
    },
  }))

const pagesTheQueueByPosition = (): Store =>
  withReviews(({ queue }) => ({
    queue: async ({ cursor, limit = 50, ...query }) => {
      const from = cursor === undefined ? 0 : Number(cursor)
      const { items } = await queue({ ...query, limit: 100_000 })
      const end = from + limit
      return { items: items.slice(from, end), ...(end < items.length && { nextCursor: String(end) }) }
    },
  }))

export const brokenPeople: readonly BrokenStore[] = [
  {
    does: 'keeps one review of a run for all reviewers',
    open: keepsOneReview,
    breaks: ['reviews: each reviewer has one that stands, the newest; withdrawn ones stay in the history'],
  },
  {
    does: 'forgets withdrawn reviews',
    open: forgetsWithdrawn,
    breaks: ['reviews: each reviewer has one that stands, the newest; withdrawn ones stay in the history'],
  },
  {
    does: 'gives two reviewers the same run',
    open: claimsNothing,
    breaks: [
      'reviews.next: two reviewers never get the same item, each gets their own again until it is reviewed',
    ],
  },
  {
    does: 'always claims the first open item',
    open: takesTheFirst,
    breaks: ['reviews.next: a reviewer keeps the claimed item when an earlier one becomes open'],
  },
  {
    does: 'keeps claims for longer than asked',
    open: keepsClaims,
    breaks: ['reviews.next: a claim expires'],
  },
  {
    does: 'keeps reviews of erased runs',
    open: keepsReviews,
    breaks: ['reviews: an erased run or person takes reviews, comments and claims along'],
  },
  {
    does: 'counts reviews of other runs as progress',
    open: countsAllReviewed,
    breaks: ['reviews.progress: counts runs of the filter only, by anyone or by one reviewer'],
  },
  {
    does: 'pages a queue by position, so that reviewed items shift the pages',
    open: pagesTheQueueByPosition,
    breaks: ['reviews.queue: pages contain every open item once, while items are reviewed'],
  },
  {
    does: 'reads the newest version of a cohort, whatever version is named',
    open: readsNewestOnly,
    breaks: ['cohorts.change: every change is a version, and old versions stay readable'],
  },
  {
    does: 'loses one of two changes of a cohort',
    open: losesOneOfTwoChanges,
    breaks: ['cohorts.change: changes at the same time are all kept, each as a version'],
  },
  {
    does: 'changes a cohort between its pages',
    open: followsTheNewestVersion,
    breaks: ['cohorts.entries: pages are of one version, each entry once, in order'],
  },
  {
    does: 'keeps what an erased trace should have returned',
    open: keepsExpected,
    breaks: [
      'cohorts: a removed trace stays as gone, without its expected output and note, in every version',
    ],
  },
  {
    does: 'shows no traces that are gone',
    open: forgetsGoneTraces,
    breaks: [
      'cohorts: a removed trace stays as gone, without its expected output and note, in every version',
    ],
  },
  {
    does: 'uses version numbers of a removed cohort again',
    open: countsVersionsAgain,
    breaks: ['cohorts.remove: removes all versions, and no version number is used again'],
  },
]
