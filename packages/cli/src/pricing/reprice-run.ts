import type { CallValue, Cost, PriceList, Run, RunEvent, TokenUsage } from '@runtape/core'
import { billOfRun } from '@runtape/core/store-helpers'

/** What a newer price list says of a run. */
export interface RepricedRun {
  /** Its events with costs that they did not have. */
  readonly events: readonly RunEvent[]
  /** Models whose usage the list has no price for. */
  readonly unknownModels: readonly string[]
}

/** Prices the events of a run that has no price yet; `undefined` for a run that has one, or has no known usage. */
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
  // A resumed event does not say which model it used: its run does.
  const model = call?.model || event.modelName || modelName
  return usage && { event, model, provider: event.providerName || providerName, usage }
}

function costOf(prices: PriceList, { event, model, provider, usage }: Used): Cost | undefined {
  if (model === '') return undefined
  const price: unknown = prices.nanoUsd(model, provider, usage, event.at)
  const nanoUsd = typeof price === 'number' ? Math.round(price) : Number.NaN
  return nanoUsd >= 0 && Number.isSafeInteger(nanoUsd) ? { nanoUsd, priceList: prices.version } : undefined
}
