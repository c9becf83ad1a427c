import type { TapeRecord } from '@runtape/core'
import { copyingKey, copyingOf, identityOf } from '@runtape/core/internal'
import type { AppendReceipt, RunQuery, StoreDiagnostics } from '@runtape/core/store'
import type { SqliteStore } from '../store-in-sqlite.ts'
import type { StoreFile } from './lazy-file.ts'

/** A store that continues in the file that is now at its path, whatever happens to the file that it opened. */
export function followingStore(file: StoreFile): SqliteStore {
  const noting = (records: readonly TapeRecord[], receipt: AppendReceipt): AppendReceipt => {
    if (receipt.duplicates + receipt.conflicts > 0) file.known(records.map(identityOf))
    return receipt
  }
  const store: SqliteStore = {
    append: async records => noting(records, await file.using(store => store.append(records))),
    appendSync: records => noting(records, file.use().appendSync(records)),
    runs: {
      get: (runId, options) => file.using(({ runs }) => runs.get(runId, options)),
      list: (query?: RunQuery) => file.using(({ runs }) => runs.list(query)),
      usage: query => file.using(({ runs }) => runs.usage(query)),
      facets: query => file.using(({ runs }) => runs.facets(query)),
    },
    revision: () => file.using(store => store.revision()),
    changes: query => file.using(store => store.changes(query)),
    traces: {
      get: (traceId, options) => file.using(({ traces }) => traces.get(traceId, options)),
      getSpan: (...args) => file.using(({ traces }) => traces.getSpan(...args)),
      getSpanSync: (...args) => file.use().traces.getSpanSync?.(...args),
      list: query => file.using(({ traces }) => traces.list(query)),
      skeleton: (traceId, query) => file.using(({ traces }) => traces.skeleton(traceId, query)),
      payload: (traceId, spanId, query) => file.using(({ traces }) => traces.payload(traceId, spanId, query)),
      search: (traceId, query) => file.using(({ traces }) => traces.search(traceId, query)),
    },
    testRuns: {
      start: start => file.using(({ testRuns }) => testRuns.start(start)),
      complete: (testRunId, status, result) =>
        file.using(({ testRuns }) => testRuns.complete(testRunId, status, result)),
      get: (testRunId, options) => file.using(({ testRuns }) => testRuns.get(testRunId, options)),
      list: query => file.using(({ testRuns }) => testRuns.list(query)),
      putVerdict: (testRunId, traceId, verdict) =>
        file.using(({ testRuns }) => testRuns.putVerdict(testRunId, traceId, verdict)),
      withdrawVerdict: (testRunId, traceId, withdrawal) =>
        file.using(({ testRuns }) => testRuns.withdrawVerdict(testRunId, traceId, withdrawal)),
      verdicts: (testRunId, query) => file.using(({ testRuns }) => testRuns.verdicts(testRunId, query)),
      putItem: (testRunId, item) => file.using(({ testRuns }) => testRuns.putItem(testRunId, item)),
      putLate: (testRunId, late) => file.using(({ testRuns }) => testRuns.putLate(testRunId, late)),
      items: (testRunId, query) => file.using(({ testRuns }) => testRuns.items(testRunId, query)),
      item: (testRunId, identity, options) =>
        file.using(({ testRuns }) => testRuns.item(testRunId, identity, options)),
    },
    views: {
      put: view => file.using(({ views }) => views.put(view)),
      get: (name, options) => file.using(({ views }) => views.get(name, options)),
      list: options => file.using(({ views }) => views.list(options)),
      remove: (name, version) => file.using(({ views }) => views.remove(name, version)),
    },
    cohorts: {
      create: (name, change) => file.using(({ cohorts }) => cohorts.create(name, change)),
      change: (name, change) => file.using(({ cohorts }) => cohorts.change(name, change)),
      get: (cohort, options) => file.using(({ cohorts }) => cohorts.get(cohort, options)),
      list: query => file.using(({ cohorts }) => cohorts.list(query)),
      versions: (name, query) => file.using(({ cohorts }) => cohorts.versions(name, query)),
      entries: (cohort, query) => file.using(({ cohorts }) => cohorts.entries(cohort, query)),
      remove: name => file.using(({ cohorts }) => cohorts.remove(name)),
    },
    budgets: {
      put: budget => file.using(({ budgets }) => budgets.put(budget)),
      list: options => file.using(({ budgets }) => budgets.list(options)),
      remove: name => file.using(({ budgets }) => budgets.remove(name)),
      state: query => file.using(({ budgets }) => budgets.state(query)),
      check: () => file.using(({ budgets }) => budgets.check()),
      crossings: query => file.using(({ budgets }) => budgets.crossings(query)),
    },
    health: {
      get: options => file.using(({ health }) => health.get(options)),
      report: report => file.using(({ health }) => health.report(report)),
      reportSync: report => file.use().health.reportSync(report),
    },
    reviews: {
      put: review => file.using(({ reviews }) => reviews.put(review)),
      withdraw: withdrawal => file.using(({ reviews }) => reviews.withdraw(withdrawal)),
      list: query => file.using(({ reviews }) => reviews.list(query)),
      queue: query => file.using(({ reviews }) => reviews.queue(query)),
      next: query => file.using(({ reviews }) => reviews.next(query)),
      release: claimed => file.using(({ reviews }) => reviews.release(claimed)),
      progress: queue => file.using(({ reviews }) => reviews.progress(queue)),
    },
    search: query => file.using(store => store.search(query)),
    prune: (query, options) => file.using(store => store.prune(query, options)),
    erase: (target, options) => file.using(store => store.erase(target, options)),
    vacuum: () => file.using(store => store.vacuum()),
    backup: path => file.using(store => store.backup(path)),
    setAside: {
      put: (record, reason) => file.use().setAside.put(record, reason),
      list: () => file.use().setAside.list(),
      retry: ids => file.using(({ setAside }) => setAside.retry(ids)),
      drop: ids => file.using(({ setAside }) => setAside.drop(ids)),
    },
    diagnostics: () => {
      const own = file.opened?.diagnostics() ?? notOpen
      return { ...own, notes: [...own.notes, ...file.notes.all()] }
    },
    close: async () => file.close()?.close(),
  }
  return Object.assign(store, { [copyingKey]: () => copyingOf(file.use()) })
}

const notOpen: StoreDiagnostics = {
  notes: ['The file of the store is not open yet. It is opened with the first record or query.'],
  background: 'thread',
  backgroundReason: 'the file is not open yet',
}
