import assert from 'node:assert/strict'
import { type Change, type Changes, type Revision, removalMark, type Store } from '@runtape/core/store'

/** No follower needs more pages than this for a case. A store that repeats changes for ever would. */
export const mostPages = 300

/** What is on a store, as text that can be compared: the ids of everything that `changes` reports, and what they have. */
type Contents = Record<string, readonly string[]>

/** Keeps the contents of a store by following its changes. */
export class Mirror {
  readonly #runs = new Set<string>()
  readonly #traces = new Set<string>()
  /** Items by test run: source and replay. */
  readonly #testRuns = new Map<string, readonly (readonly string[])[]>()
  readonly #cohorts = new Map<string, string>()
  readonly #views = new Map<string, string>()
  readonly #budgets = new Map<string, string>()
  readonly #reviews = new Map<string, { readonly runId?: string; readonly traceId?: string }>()

  /**
   * Reads and applies page after page. Returns the last revision.
   *
   * @param between runs before each further page
   */
  async follow(
    store: Store,
    from: Revision,
    { limit = 100, between = async () => {} }: { limit?: number; between?: () => Promise<unknown> } = {},
  ): Promise<Revision> {
    let since = from
    for (let pages = 0; ; pages++) {
      assert.ok(pages < mostPages, 'the changes never end')
      const page = await this.page(store, since, limit)
      since = page.revision
      if (!page.hasMore) return since
      await between()
    }
  }

  /** Reads and applies one page. */
  async page(store: Store, since: Revision, limit: number): Promise<Changes> {
    const page = await store.changes({ since, limit })
    assert.ok(page.items.length <= limit)
    for (const change of page.items) await this.#apply(store, change)
    return page
  }

  async #apply(store: Store, change: Change): Promise<void> {
    if (change.isRemoved) return this.#drop(change)
    const { kind, id } = change
    if (kind === 'run') keep(this.#runs, id, (await store.runs.get(id)) !== undefined)
    if (kind === 'trace') keep(this.#traces, id, (await store.traces.get(id)) !== undefined)
    if (kind === 'test-run' || kind === 'item') this.#testRuns.set(id, await itemsOf(store, id))
    if (kind === 'cohort') put(this.#cohorts, id, (await store.cohorts.get(id))?.version)
    if (kind === 'view') put(this.#views, id, (await store.views.get(id))?.version)
    if (kind === 'budget')
      put(this.#budgets, id, (await store.budgets.list()).find(({ name }) => name === id)?.limit)
    if (kind === 'review') {
      const review = (await reviewsOf(store)).find(({ reviewId }) => reviewId === id)
      if (review) this.#reviews.set(id, review)
    }
  }

  #drop({ kind, id: mark }: Change): void {
    const isIt = (id: string | undefined) => id !== undefined && removalMark(kind, id) === mark
    const kept = {
      run: this.#runs,
      trace: this.#traces,
      cohort: this.#cohorts,
      view: this.#views,
      budget: this.#budgets,
    }
    const ids = kept[kind as keyof typeof kept]
    for (const id of [...ids.keys()]) if (isIt(id)) ids.delete(id)
    for (const [id, { runId, traceId }] of this.#reviews)
      if (isIt(kind === 'run' ? runId : kind === 'trace' && runId === undefined ? traceId : undefined))
        this.#reviews.delete(id)
    if (kind === 'trace')
      for (const [id, items] of this.#testRuns)
        this.#testRuns.set(
          id,
          items.filter(traces => !traces.some(isIt)),
        )
  }

  contents(): Contents {
    return {
      runs: [...this.#runs].sort(),
      traces: [...this.#traces].sort(),
      testRuns: [...this.#testRuns].map(([id, items]) => JSON.stringify([id, items])).sort(),
      cohorts: [...this.#cohorts].map(String).sort(),
      views: [...this.#views].map(String).sort(),
      budgets: [...this.#budgets].map(String).sort(),
      reviews: [...this.#reviews.keys()].sort(),
    }
  }
}

/** The same, as the lists have it. `traces` are those that have a root, also of replays. */
export async function listedContents(store: Store, traceIds: readonly string[]): Promise<Contents> {
  const [all, testRuns] = [{ limit: 1000 }, (await store.testRuns.list({ limit: 1000 })).items]
  const there = await Promise.all(traceIds.map(async id => ((await store.traces.get(id)) ? [id] : [])))
  const items = await Promise.all(
    testRuns.map(async ({ testRunId }) => JSON.stringify([testRunId, await itemsOf(store, testRunId)])),
  )
  return {
    runs: (await store.runs.list(all)).items.map(({ runId }) => runId).sort(),
    traces: there.flat().sort(),
    testRuns: items.sort(),
    cohorts: (await store.cohorts.list(all)).items.map(({ name, version }) => `${name},${version}`).sort(),
    views: (await store.views.list()).map(({ name, version }) => `${name},${version}`).sort(),
    budgets: (await store.budgets.list()).map(({ name, limit }) => `${name},${limit}`).sort(),
    reviews: (await reviewsOf(store)).map(({ reviewId }) => reviewId).sort(),
  }
}

function keep(ids: Set<string>, id: string, isThere: boolean): void {
  if (isThere) ids.add(id)
  else ids.delete(id)
}

function put(ids: Map<string, string>, id: string, version: number | undefined): void {
  if (version === undefined) ids.delete(id)
  else ids.set(id, String(version))
}

const reviewsOf = async (store: Store) => (await store.reviews.list({ limit: 1000, history: true })).items

const itemsOf = async (store: Store, testRunId: string): Promise<string[][]> =>
  (await store.testRuns.items(testRunId, { limit: 1000 })).items.map(({ sourceTraceId, traceId }) => [
    sourceTraceId,
    traceId ?? '',
  ])
