import type { Changes, ChangesQuery, Store } from '@runtape/core/store'
import { memoryStore } from '../src/memory-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** A memory store with other `changes`. */
function changing(change: (store: Store, query: ChangesQuery) => Promise<Changes>): Store {
  const store = memoryStore()
  return { ...store, changes: query => change(store, query) }
}

const mirrored = 'changes: a mirror that follows them page by page has what the lists have'

/** Stores with a defect in `changes`. */
export const brokenChanges: readonly BrokenStore[] = [
  {
    does: 'loses a change between two pages',
    open: () =>
      changing(async (store, query) => {
        const page = await store.changes(query)
        if (!page.hasMore) return page
        const next = await store.changes({ ...query, since: page.revision, limit: 1 })
        return { ...page, revision: next.revision }
      }),
    breaks: [mirrored, 'changes: everything that came after a revision is reported, each record once'],
  },
  {
    does: 'repeats a page of changes for ever',
    open: () =>
      changing(async (store, query) => {
        const page = await store.changes(query)
        return page.hasMore ? { ...page, revision: query.since as string } : page
      }),
    breaks: [mirrored],
  },
  {
    does: 'reports no removals',
    open: () =>
      changing(async (store, query) => {
        const page = await store.changes(query)
        return { ...page, items: page.items.filter(({ isRemoved }) => !isRemoved) }
      }),
    breaks: [mirrored, 'changes: what is removed is reported by its mark, and never by its name'],
  },
  {
    does: 'answers an unknown revision with an empty page',
    open: () =>
      changing(async (store, query) =>
        store.changes(query).catch(async error => {
          if ((error as { code?: unknown }).code !== 'revision-unknown') throw error
          return { items: [], revision: await store.revision(), hasMore: false }
        }),
      ),
    breaks: [
      'changes: a revision of another store, or one that is not reached, is refused with a code to start over',
    ],
  },
  {
    does: 'says at once that it is complete up to now, with what fits into a page',
    open: () =>
      changing(async (store, query) => {
        const page = await store.changes(query)
        return { ...page, revision: await store.revision(), hasMore: false }
      }),
    breaks: [mirrored, 'changes: only some kinds, up to a revision, since a time'],
  },
]
