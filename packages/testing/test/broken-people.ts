import type { CohortItem, Store } from '@runtape/core'
import { newTape, type Tape } from '../src/memory/tape.ts'
import { storeOnTape } from '../src/memory-store.ts'
import type { BrokenStore } from './broken-stores.ts'

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

/** Reads the entries, and later writes all of them: a change made meanwhile is lost. */
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

/** Keeps what was erased. */
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

export const brokenPeople: readonly BrokenStore[] = [
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
