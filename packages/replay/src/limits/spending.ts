import type { Logger, PriceList, SpanRecord } from '@runtape/core'
import { messageOf, realDelay, warnSafely } from '@runtape/core/internal'
import { InFlight } from './in-flight.ts'
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

/** Why the cost of a call in flight is unknown. */
export const stillRunning = 'it was still running when its item ended'

/** Milliseconds that calls which outlive their items may take to end, before their cost counts as unknown. */
const graceMs = 2000

/** Sums the cost of a replay's live calls as they end, and decides whether another item may start. */
export class SpendingTally {
  readonly #options: SpendingOptions
  readonly #unpriced = new UnpricedTally()
  readonly #inFlight = new InFlight()
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
    const told = new Set<string>()
    return new ModelCalls({
      ended: (span: SpanRecord, isFree) => {
        const call = isFree ? { key: span.key, nanoUsd: 0 } : pricedCall(span, prices)
        this.add(told.has(span.spanId) ? { ...call, spanId: span.spanId } : call)
      },
      inFlight: ({ spanId, key }) => {
        told.add(spanId)
        this.add({ key, nanoUsd: null, reason: stillRunning, spanId })
      },
    })
  }

  /** Adds a call of another process, which has waited for it itself. */
  readonly addElsewhere = (call: LiveCall): void => {
    this.add(call)
    if (call.spanId !== undefined && this.#inFlight.giveUp(call.spanId)) this.#limit(true)
  }

  readonly add = (call: LiveCall): void => {
    const former = this.#inFlight.take(call)
    if (former) this.#unpriced.remove(former)
    if (call.nanoUsd === null) this.#unpriced.add(call)
    else this.#nanoUsd += call.nanoUsd
    this.#tell(call)
    // It may still end with a known cost: see `settled`.
    if (call.spanId !== undefined && !former) this.#inFlight.add(call.spanId, call)
    else this.#limit(call.nanoUsd === null)
  }

  /**
   * With a limit, or if others count the cost: waits a little for calls that outlived their items. Those that are still running
   * then have an unknown cost.
   */
  async settled(signal: AbortSignal): Promise<void> {
    const { maxCostUsd, onSpend } = this.#options
    if ((maxCostUsd === undefined && !onSpend) || this.#inFlight.isEmpty) return
    if (!signal.aborted) await Promise.race([this.#inFlight.whenEmpty(), realDelay(graceMs)])
    if (this.#inFlight.giveUp()) this.#limit(true)
  }

  /** Counts a process that ended before it reported its item: it may have spent an unknown amount. */
  addLost(key: string): void {
    if (this.#options.prices)
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

  #limit(isUnknown: boolean): void {
    const { maxCostUsd, allowUnpriced = false } = this.#options
    if (maxCostUsd === undefined || this.#stopped) return
    if (isUnknown && !allowUnpriced) this.#stop('unpriced')
    else if (this.#nanoUsd >= maxCostUsd * 1e9) this.#stop('max-cost')
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
