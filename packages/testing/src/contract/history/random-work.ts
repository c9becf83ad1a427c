import { newTraceId } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { tokens } from '../runs/runs.ts'
import { itemRecord } from '../test-runs/item-records.ts'

/** Changes a store in random ways, the same for the same seed. */
export class RandomWork {
  /** All traces that it ever recorded. */
  readonly traceIds: string[] = []
  readonly #store: Store
  readonly #seed: number
  readonly #testRuns: string[] = []
  #state: number
  #runs = 0

  constructor(store: Store, seed: number) {
    this.#store = store
    this.#seed = seed
    this.#state = seed
  }

  async step(): Promise<void> {
    const works = [
      () => this.#newRun(),
      () => this.#moreOfRun(),
      () => this.#price(),
      () => this.#trace(),
      () => this.#testRun(),
      () => this.#item(),
      () => this.#cohort(),
      () => this.#review(),
      () => this.#view(),
      () => this.#budget(),
      () => this.#remove(),
      () => this.#erase(),
    ]
    await works[this.#next(works.length)]?.()
  }

  /** A whole number below `end`. */
  #next(end: number): number {
    this.#state = (this.#state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((this.#state / 2 ** 31) * end)
  }

  #run = (): string => `run-${this.#seed}-${this.#next(Math.max(1, this.#runs))}`
  #someTrace = (): string => this.traceIds[this.#next(this.traceIds.length)] ?? newTraceId()
  #name = (): string => `name-${this.#next(3)}`
  #context = () => ({ kind: 'user', key: `user-${this.#next(4)}` })

  #newRun(): Promise<unknown> {
    const runId = `run-${this.#seed}-${this.#runs++}`
    return this.#store.append([
      runEvent({ runId, context: this.#context(), at: testTime + this.#next(1000) }),
      runEvent({ runId, metric: 'tokens', value: tokens(1, 2), context: this.#context() }),
    ])
  }

  #moreOfRun = (): Promise<unknown> =>
    this.#store.append([
      runEvent({
        runId: this.#run(),
        metric: `tool-call:${this.#next(99)}`,
        value: { name: 'a' },
        context: this.#context(),
        at: testTime + this.#next(1000),
      }),
    ])

  #price = (): Promise<unknown> =>
    this.#store.append([
      runEvent({
        runId: this.#run(),
        metric: 'tokens',
        value: tokens(1, 2),
        cost: { nanoUsd: 5, priceList: 'test@1' },
      }),
    ])

  #trace(): Promise<unknown> {
    const root = span({ startedAt: testTime + this.#next(1000), runId: this.#run() })
    this.traceIds.push(root.traceId)
    return this.#store.append([
      span({ traceId: root.traceId, parentSpanId: root.spanId, startedAt: root.startedAt }),
      root,
    ])
  }

  async #testRun(): Promise<void> {
    const { testRunId } = await this.#store.testRuns.start({ key: 'a', sourceTraceIds: [] })
    this.#testRuns.push(testRunId)
  }

  async #item(): Promise<void> {
    const testRunId = this.#testRuns[this.#next(this.#testRuns.length)]
    if (testRunId !== undefined)
      await this.#store.testRuns.putItem(testRunId, itemRecord({ sourceTraceId: this.#someTrace() }))
  }

  async #cohort(): Promise<void> {
    const traceId = this.#someTrace()
    if ((await this.#store.traces.get(traceId)) === undefined) return
    const [name, change] = [this.#name(), { put: [{ traceId, note: `${this.#next(99)}` }] }]
    if ((await this.#store.cohorts.get(name)) === undefined) await this.#store.cohorts.create(name, change)
    else await this.#store.cohorts.change(name, change)
  }

  async #review(): Promise<void> {
    const [runId, traceId] = [this.#run(), this.#someTrace()]
    if (this.#next(2) === 0 && (await this.#store.runs.get(runId)))
      await this.#store.reviews.put({ runId, by: 'bo', pass: true })
    else if (await this.#store.traces.get(traceId))
      await this.#store.reviews.put({ traceId, by: 'bo', pass: false })
  }

  async #view(): Promise<void> {
    const name = this.#name()
    const version = (await this.#store.views.get(name))?.version
    const filter = `user:user-${this.#next(4)}`
    await this.#store.views.put({ name, filter, ...(version !== undefined && { version }) })
  }

  #budget = (): Promise<unknown> =>
    this.#store.budgets.put({
      name: this.#name(),
      measure: 'runs',
      limit: 1 + this.#next(9),
      window: '1h',
      where: { contextKey: `user-${this.#next(4)}` },
    })

  async #remove(): Promise<void> {
    const [name, kind] = [this.#name(), this.#next(3)]
    if (kind === 0) await this.#store.views.remove(name)
    else if (kind === 1) await this.#store.budgets.remove(name)
    else await this.#store.cohorts.remove(name)
  }

  async #erase(): Promise<void> {
    const kind = this.#next(5)
    const before = testTime + this.#next(300)
    if (kind === 0) await this.#store.erase({ context: this.#context() })
    else if (kind === 1) await this.#store.erase({ runId: this.#run() }, { keepTotals: true })
    else if (kind === 2) await this.#store.erase({ traceId: this.#someTrace() })
    else if (kind === 3) await this.#store.prune({ runs: { before } })
    else await this.#store.prune({ traces: { before } })
  }
}
