import type { Logger, PriceList, SpanRecord } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'
import { type LiveCall, pricedCall } from './live-call.ts'
import { ModelCalls } from './model-calls.ts'
import { type UnpricedCalls, UnpricedTally } from './unpriced-tally.ts'

/** Cost of a replay's live model calls, without those of evaluators. */
export interface Spending {
  /** Cost of the calls with a price, in billionths of a US dollar. */
  readonly nanoUsd: number
  /** Live calls whose cost is unknown. `nanoUsd` does not include them. */
  readonly unpriced: readonly UnpricedCalls[]
  readonly maxCostUsd?: number
  /** Why no more items were started: `maxCostUsd` was reached, or the price of a live call was unknown. */
  readonly stopped?: 'max-cost' | 'unpriced'
  /** Number of items that were running at that moment. They ran to their end, and `nanoUsd` includes them. */
  readonly running?: number
  /** Number of attempts of started items that were not made. */
  readonly attemptsNotRun?: number
}

interface SpendingOptions {
  readonly prices?: PriceList
  readonly maxCostUsd?: number
  readonly allowUnpriced?: boolean
  readonly onSpend?: (call: LiveCall) => void
  readonly logger: Logger
}

/** Sums the cost of a replay's live calls as they end, and decides whether another item may start. */
export class SpendingTally {
  readonly #options: SpendingOptions
  readonly #unpriced = new UnpricedTally()
  #nanoUsd = 0
  #running = 0
  #stopped: Spending['stopped']
  #runningAtStop = 0
  #attemptsNotRun = 0

  constructor(options: SpendingOptions) {
    this.#options = options
  }

  /** A receiver of the spans of one item; `undefined` if their cost is not needed. */
  item(): ModelCalls | undefined {
    const { prices, onSpend } = this.#options
    if (!prices && !onSpend) return undefined
    return new ModelCalls((span: SpanRecord) => this.add(pricedCall(span, prices)))
  }

  readonly add = (call: LiveCall): void => {
    const { maxCostUsd, allowUnpriced = false } = this.#options
    if (call.nanoUsd === null) this.#unpriced.add(call)
    else this.#nanoUsd += call.nanoUsd
    this.#tell(call)
    if (maxCostUsd === undefined || this.#stopped) return
    if (call.nanoUsd === null && !allowUnpriced) this.#stop('unpriced')
    else if (this.#nanoUsd >= maxCostUsd * 1e9) this.#stop('max-cost')
  }

  /** Counts a process that ended before it reported its item: it may have spent an unknown amount. */
  addLost(key: string): void {
    if (this.#options.maxCostUsd !== undefined)
      this.add({ key, nanoUsd: null, reason: 'the process of its item ended before it told what it spent' })
  }

  /** Whether no more items or attempts may start. */
  get isStopped(): boolean {
    return this.#stopped !== undefined
  }

  /** Counts an item as running until its promise settles. */
  async whileRunning<T>(run: () => Promise<T>): Promise<T> {
    this.#running++
    try {
      return await run()
    } finally {
      this.#running--
    }
  }

  skipAttempts(count: number): void {
    this.#attemptsNotRun += count
  }

  /** Whether a limit ended the replay early. An unknown price always counts, because the amount spent is unknown. */
  isCutShort(notRun: number): boolean {
    if (this.#stopped === 'unpriced') return true
    return this.#stopped === 'max-cost' && (notRun > 0 || this.#attemptsNotRun > 0)
  }

  /** `undefined` without prices. */
  report(): Spending | undefined {
    const { prices, maxCostUsd } = this.#options
    if (!prices) return undefined
    return {
      nanoUsd: this.#nanoUsd,
      unpriced: this.#unpriced.result(),
      ...(maxCostUsd !== undefined && { maxCostUsd }),
      ...(this.#stopped && { stopped: this.#stopped, running: this.#runningAtStop }),
      ...(this.#attemptsNotRun > 0 && { attemptsNotRun: this.#attemptsNotRun }),
    }
  }

  #stop(reason: NonNullable<Spending['stopped']>): void {
    this.#stopped = reason
    this.#runningAtStop = this.#running
  }

  #tell(call: LiveCall): void {
    const { onSpend, logger } = this.#options
    try {
      onSpend?.(call)
    } catch (error) {
      warnSafely(logger, `onSpend threw: ${messageOf(error)}. The replay continues.`)
    }
  }
}
