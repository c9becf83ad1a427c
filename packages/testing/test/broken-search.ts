import type { SearchHits, Store } from '@runtape/core/store'
import { memoryStore } from '../src/memory-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** A store that finds erased texts, because it searches copies. */
function searchesErased(): Store {
  const [store, copies] = [memoryStore(), memoryStore()]
  const append: Store['append'] = async records => {
    await copies.append(records)
    return store.append(records)
  }
  return { ...store, append, search: query => copies.search(query) }
}

/** A store whose search is case-sensitive. */
function searchesExactly(): Store {
  const store = memoryStore()
  const search: Store['search'] = async query => {
    const { items, ...page } = await store.search(query)
    return { ...page, items: items.filter(({ excerpt, match }) => excerpt.slice(...match) === query.text) }
  }
  return { ...store, search }
}

/** A store that knows nothing of its index: texts that arrive after the first search are missing, and it does not say so. */
function missesUnindexed(): Store {
  const [store, index] = [memoryStore(), memoryStore()]
  let isBuilt = false
  const append: Store['append'] = async records => {
    if (!isBuilt) await index.append(records)
    return store.append(records)
  }
  const search: Store['search'] = async query => {
    isBuilt = true
    const [{ items: known, ...page }, { completeTo }] = [await index.search(query), await store.search(query)]
    const { items: now } = await store.search({ ...query, limit: 1000 })
    const isThere = new Set(now.map(hit => JSON.stringify(hit)))
    return { ...page, items: known.filter(hit => isThere.has(JSON.stringify(hit))), completeTo }
  }
  return { ...store, append, search }
}

/** A store that removes all of its index with the first text that is erased, and never builds it again. */
function losesOthers(): Store {
  const store = memoryStore()
  const lost = new Set<string>()
  const erase: Store['erase'] = async (...args) => {
    const { items } = await store.search({ text: 'needle', limit: 1000 })
    for (const hit of items) lost.add(JSON.stringify(hit))
    return store.erase(...args)
  }
  const search: Store['search'] = async (query): Promise<SearchHits> => {
    const page = await store.search(query)
    return { ...page, items: page.items.filter(hit => !lost.has(JSON.stringify(hit))) }
  }
  return { ...store, erase, search }
}

/** Stores with a defect in `search`. */
export const brokenSearch: readonly BrokenStore[] = [
  {
    does: 'finds what was erased',
    open: searchesErased,
    breaks: ['search: what was erased or pruned is not found; a late record of it neither'],
  },
  {
    does: 'searches in upper and lower case as written',
    open: searchesExactly,
    breaks: [
      'search: finds texts in every language; quotes and query syntax are plain text, also of one or two characters',
    ],
  },
  {
    does: 'misses texts that are not in its index, and says that it is complete',
    open: missesUnindexed,
    breaks: [
      'search: a result that is complete to the current revision has every text, while more are written',
    ],
  },
  {
    does: 'loses texts of others with those that are erased',
    open: losesOthers,
    breaks: ['search: an erase hides no text of another run, neither from before nor from after it'],
  },
]
