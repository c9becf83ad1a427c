import type { CallValue, Cost, PriceList, RunEvent, TokenUsage } from '@runtape/core'
import type { Run } from '@runtape/core/store'
import { billOfRun } from '@runtape/core/store-helpers'

/** Result of applying a newer price list to a run. */
export interface RepricedRun {
  /** Its events with added costs. */
  readonly events: readonly RunEvent[]
  /** Models with usage that the list cannot price. */
  readonly unknownModels: readonly string[]
}

/** Prices the events of an unpriced run; `undefined` if a run is priced or has no known usage. */
export function repriceRun(run: Run, prices: PriceList): RepricedRun | undefined {
  const bill = billOfRun(run)
  if (bill.nanoUsd !== undefined || bill.tokens.size === 0) return undefined
  const used = run.events.flatMap(event => usedBy(event, run) ?? [])
  const priced = used.map(each => ({ ...each, cost: costOf(prices, each) }))
  return {
    events: priced.flatMap(({ event, cost }) => (cost ? [{ ...event, cost }] : [])),
    unknownModels: priced.filter(({ cost }) => cost === undefined).map(({ model }) => model),
  }
}

interface Used {
  readonly event: RunEvent
  readonly model: string
  readonly provider: string
  readonly usage: TokenUsage
}

/** The usage of an event without a cost. */
function usedBy(event: RunEvent, { modelName, providerName }: Run): Used | undefined {
  if (event.cost) return undefined
  const isCall = event.metric.startsWith('call:')
  if (!isCall && event.metric !== 'tokens') return undefined
  const call = isCall ? (event.value as CallValue) : undefined
  const usage = call ? call.usage : (event.value as TokenUsage)
  // A resumed event has no model: its run has.
  const model = call?.model || event.modelName || modelName
  return usage && { event, model, provider: event.providerName || providerName, usage }
}

function costOf(prices: PriceList, { event, model, provider, usage }: Used): Cost | undefined {
  if (model === '') return undefined
  const price: unknown = prices.nanoUsd(model, provider, usage, event.at)
  const nanoUsd = typeof price === 'number' ? Math.round(price) : Number.NaN
  return nanoUsd >= 0 && Number.isSafeInteger(nanoUsd) ? { nanoUsd, priceList: prices.version } : undefined
}
