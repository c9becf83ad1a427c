import type { ItemRecord, Store } from '@runtape/core/store'
import { memoryStore } from '../src/memory-store.ts'
import type { BrokenStore } from './broken-store.ts'

type TestRuns = Store['testRuns']

/** A memory store with other test runs. */
function withTestRuns(change: (testRuns: TestRuns) => Partial<TestRuns>): Store {
  const store = memoryStore()
  return { ...store, testRuns: { ...store.testRuns, ...change(store.testRuns) } }
}

/** A store that reports a changed item as a duplicate. */
const missesConflicts = (): Store =>
  withTestRuns(({ putItem }) => ({
    putItem: async (id, item) => {
      const receipt = await putItem(id, item)
      return receipt.status === 'conflict' ? { status: 'duplicate' } : receipt
    },
  }))

/** A store that identifies items by their trace alone. */
const ignoresAttempts = (): Store =>
  withTestRuns(({ putItem, item }) => ({
    putItem: (id, given: ItemRecord) =>
      putItem(id, { ...given, attempt: given.attempt > 0 ? 1 : given.attempt }),
    item: (id, { sourceTraceId }) => item(id, { sourceTraceId }),
  }))

const filtersNothing = (): Store =>
  withTestRuns(({ items }) => ({ items: (id, { only: _, ...query } = {}) => items(id, query) }))

const ignoresLateErrors = (): Store => withTestRuns(() => ({ putLate: async () => ({ status: 'accepted' }) }))

/** A store that keeps items and verdicts of erased traces. */
function keepsErasedItems(): Store {
  const store = memoryStore()
  const kept = memoryStore()
  return {
    ...store,
    testRuns: kept.testRuns,
  }
}

/** A store that deletes a withdrawn verdict. */
const forgetsWithdrawn = (): Store =>
  withTestRuns(({ verdicts }) => ({
    verdicts: async (id, query) => (await verdicts(id, query)).filter(({ withdrawn }) => !withdrawn),
  }))

const withdrawsForOthers = (): Store =>
  withTestRuns(({ withdrawVerdict }) => ({ withdrawVerdict: (id, traceId) => withdrawVerdict(id, traceId) }))

const keepsLastSummary = (): Store => {
  const last = new Map<string, NonNullable<Parameters<TestRuns['complete']>[2]>>()
  return withTestRuns(({ complete, get }) => ({
    complete: (id, status, result = {}) => {
      last.set(id, result)
      return complete(id, status, result)
    },
    get: async (id, options) => {
      const testRun = await get(id, options)
      const { summary } = last.get(id) ?? {}
      return testRun && summary ? { ...testRun, summary } : testRun
    },
  }))
}

export const brokenTestRuns: readonly BrokenStore[] = [
  {
    does: 'reports a changed item as a duplicate',
    open: missesConflicts,
    breaks: [
      'testRuns.putItem: the same again is a duplicate; another value is a conflict, and the first is kept',
    ],
  },
  {
    does: 'names items without their attempt',
    open: ignoresAttempts,
    breaks: ['testRuns.putItem: attempts, calls in the middle of a trace, and test runs are apart'],
  },
  {
    does: 'returns items of all outcomes',
    open: filtersNothing,
    breaks: [
      'testRuns.items: in the order in which they were put, each once across pages, and only the wanted outcomes',
    ],
  },
  {
    does: 'ignores what became known of an item later',
    open: ignoresLateErrors,
    breaks: ['testRuns.putLate: what became known later changes how the item ended, once, and is counted'],
  },
  {
    does: 'keeps items and verdicts of erased traces',
    open: keepsErasedItems,
    breaks: ['erase, prune: items and verdicts of a removed trace are removed, and do not come back'],
  },
  {
    does: 'forgets withdrawn verdicts',
    open: forgetsWithdrawn,
    breaks: [
      'testRuns.withdrawVerdict: the newest is withdrawn, the one before it counts again, and both stay',
    ],
  },
  {
    does: "withdraws another person's verdict",
    open: withdrawsForOthers,
    breaks: ["testRuns.withdrawVerdict: a person withdraws only their own, also below another's"],
  },
  {
    does: 'keeps the summary of the shard that ended last',
    open: keepsLastSummary,
    breaks: ['testRuns.complete: keeps the summary over most items, and the calls outside of every shard'],
  },
]
