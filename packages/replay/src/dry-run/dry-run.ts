import { messageOf } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { deferOutputsFrom } from '../match/deferred-outputs.ts'
import type { MockStrategy } from '../match/policy.ts'
import type { ReplayOptions } from '../options.ts'
import { checkOptions } from '../run/check-options.ts'
import { fetchSource, type ReplaySource } from '../select/source.ts'
import { sourcesToReplay } from '../test-run/start-test-run.ts'
import { type DryRunKey, KeyTally } from './key-tally.ts'
import { predictor } from './predict-call.ts'
import { type PredictedItem, predictTrace } from './predict-trace.ts'
import { CostTally, type PredictedCost } from './predicted-cost.ts'

/** What a replay would do. */
export interface DryRun {
  /** Number of traces. */
  readonly traces: number
  /** Replays of each trace: `attempts`, doubled with a baseline. */
  readonly times: number
  /** The traces with their calls. */
  readonly items: readonly PredictedItem[]
  /** Calls by key; keys with the most misses come first. */
  readonly keys: readonly DryRunKey[]
  /** Cost over all traces and attempts. */
  readonly cost: PredictedCost
}

export type DryRunOptions = Pick<
  ReplayOptions,
  | 'store'
  | 'where'
  | 'limit'
  | 'cohort'
  | 'traceIds'
  | 'spans'
  | 'shard'
  | 'testRunId'
  | 'mock'
  | 'onMiss'
  | 'overrides'
  | 'attempts'
  | 'prices'
  | 'baseline'
>

/**
 * Predicts a replay of the function `key`: which traces it would replay, which of their calls would be served, run or missed
 * and why, and what the running calls would cost. It loads the traces, runs no code except a `mock` function, and writes nothing.
 * It assumes that the code makes the recorded calls: a changed program may differ. Default for `mock`: `marked`.
 *
 * @throws {RuntapeError} `invalid-option`, `no-traces`
 *
 * @example
 * ```ts
 * import { dryRun } from '@runtape/replay'
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const { keys } = await dryRun('support.answer', { store: sqliteStore('runtape.db'), limit: 100 })
 * for (const { key, served, run, missed } of keys) console.log(`${key}: ${served} served, ${run} run, ${missed} missed`)
 * ```
 */
export async function dryRun(key: string, options: DryRunOptions): Promise<DryRun> {
  checkOptions(options)
  const sources = await sourcesToReplay(key, options)
  const prediction = new DryRunTally(options)
  for (const source of sources) {
    try {
      prediction.add(key, source, await fetchSource(options.store, key, source, { deferOutputsFrom }))
    } catch (error) {
      prediction.addFailed(key, source, messageOf(error))
    }
  }
  return prediction.result()
}

/**
 * `dryRun` for the newest traces of all functions in a store.
 *
 * @param limit number of traces to check
 */
export async function dryRunOfStore(store: Store, mock: MockStrategy, limit: number): Promise<DryRun> {
  const prediction = new DryRunTally({ store, mock })
  const { items } = await store.traces.list({ limit })
  for (const { traceId } of items) {
    const trace = await store.traces.get(traceId, { deferOutputsFrom })
    if (trace?.root) prediction.add(trace.root.key, { traceId }, trace)
  }
  return prediction.result()
}

type Loaded = Awaited<ReturnType<typeof fetchSource>>

class DryRunTally {
  readonly #options: DryRunOptions
  readonly #predict: ReturnType<typeof predictor>
  readonly #items: PredictedItem[] = []
  readonly #keys = new KeyTally()
  readonly #cost: CostTally

  constructor(options: DryRunOptions) {
    this.#options = options
    this.#predict = predictor(options.mock ?? 'marked', options)
    this.#cost = this.#newCost()
  }

  add(key: string, source: ReplaySource, trace: Loaded): void {
    const { spans, ...predicted } = predictTrace(trace, this.#predict)
    for (const call of predicted.calls) this.#keys.add(call)
    if (predicted.error !== undefined) this.#keys.addTrace(key, predicted.error)
    const cost = this.#newCost()
    for (const each of [cost, this.#cost]) each.add(spans)
    const { startedAt } = trace.root
    this.#items.push({ ...identity(source), startedAt, ...predicted, cost: cost.result() })
  }

  addFailed(key: string, source: ReplaySource, error: string): void {
    this.#keys.addTrace(key, error)
    const cost = this.#newCost().result()
    this.#items.push({ ...identity(source), input: [], error, calls: [], cost })
  }

  result(): DryRun {
    const items = this.#items
    const [keys, cost] = [this.#keys.result(), this.#cost.result()]
    return { traces: items.length, times: this.#times, items, keys, cost }
  }

  get #times(): number {
    const { attempts = 1, baseline } = this.#options
    return baseline === undefined ? attempts : attempts * 2
  }

  #newCost(): CostTally {
    return new CostTally(this.#options.prices, this.#times)
  }
}

const identity = ({ traceId, spanId }: ReplaySource) => ({
  sourceTraceId: traceId,
  ...(spanId !== undefined && { sourceSpanId: spanId }),
})
