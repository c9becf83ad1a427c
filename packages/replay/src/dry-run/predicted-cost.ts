import type { PriceList, SpanRecord, TokenUsage } from '@runtape/core'
import { addUsage } from '@runtape/core/internal'
import { pricedCall } from '../limits/live-call.ts'
import { ModelCalls } from '../limits/model-calls.ts'
import { type UnpricedCalls, UnpricedTally } from '../limits/unpriced-tally.ts'

/** Estimated cost of the model calls that would run, from their recorded usage. */
export interface PredictedCost {
  /** Cost of the calls with a price, in billionths of a US dollar. */
  readonly nanoUsd: number
  /** Number of model calls that would run. */
  readonly calls: number
  /** Sum of their known recorded usage. */
  readonly tokens: TokenUsage | null
  /** Calls without a price. `nanoUsd` does not include them. */
  readonly unpriced: readonly UnpricedCalls[]
}

/** Sums the cost of predicted calls, each made `times` times. */
export class CostTally {
  readonly #prices: PriceList | undefined
  readonly #times: number
  readonly #unpriced = new UnpricedTally()
  #nanoUsd = 0
  #calls = 0
  #tokens: TokenUsage | null = null

  constructor(prices: PriceList | undefined, times: number) {
    this.#prices = prices
    this.#times = times
  }

  /** @param spans the calls of one trace that would run or be answered, parents first */
  add(spans: readonly SpanRecord[]): void {
    const ended = (span: SpanRecord) => {
      for (let time = 0; time < this.#times; time++) this.#add(span)
    }
    const calls = new ModelCalls({ ended, inFlight: () => {} })
    for (const span of [...spans].reverse()) calls.add(span)
    calls.end()
  }

  result(): PredictedCost {
    const [calls, unpriced] = [this.#calls, this.#unpriced.result()]
    return { nanoUsd: this.#nanoUsd, calls, tokens: this.#tokens, unpriced }
  }

  #add(span: SpanRecord): void {
    this.#calls++
    if (span.usage) this.#tokens = this.#tokens ? addUsage(this.#tokens, span.usage) : span.usage
    const call = pricedCall(span, this.#prices, Date.now())
    if (call.nanoUsd === null) this.#unpriced.add(call)
    else this.#nanoUsd += call.nanoUsd
  }
}
