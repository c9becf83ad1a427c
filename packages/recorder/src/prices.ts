import {
  type CallValue,
  type Cost,
  type PriceList,
  type RunEvent,
  RuntapeError,
  type TokenUsage,
} from '@runtape/core'
import { messageOf } from '@runtape/core/internal'

/** Puts the cost on an event, where it has usage and its price is known. */
export type Pricing = (event: RunEvent) => RunEvent

/** @param onFailure called when the list throws or returns no amount: the event then has no cost */
export function pricing(prices: PriceList, onFailure: (event: RunEvent, reason: string) => void): Pricing {
  return event => {
    const used = usedBy(event)
    if (used === undefined) return event
    try {
      const cost = costOf(prices, event, used)
      return cost ? { ...event, cost } : event
    } catch (error) {
      onFailure(event, messageOf(error))
      return event
    }
  }
}

interface Used {
  readonly model: string
  readonly provider: string
  readonly usage: TokenUsage
}

/** The tokens that an event has to be priced for, and the model they were used by. */
function usedBy({ metric, value, modelName, providerName, cost, replay }: RunEvent): Used | undefined {
  // Priced where it was made; and a replay never bills.
  if (cost || replay) return undefined
  if (metric === 'tokens') return known(modelName, providerName, value as TokenUsage)
  if (!metric.startsWith('call:')) return undefined
  const { model, provider, usage } = (value ?? {}) as Partial<CallValue>
  return known(model || modelName, provider || providerName, usage)
}

/** A resumed run does not say which model it used. */
const known = (model: string, provider: string, usage: TokenUsage | undefined): Used | undefined =>
  model === '' || usage === undefined ? undefined : { model, provider, usage }

function costOf(prices: PriceList, { at }: RunEvent, { model, provider, usage }: Used): Cost | undefined {
  const price: unknown = prices.nanoUsd(model, provider, usage, at)
  // `null` is how many a list says that it does not know.
  if (price === undefined || price === null) return undefined
  const nanoUsd = typeof price === 'number' ? Math.round(price) : Number.NaN
  if (nanoUsd >= 0 && Number.isSafeInteger(nanoUsd)) return { nanoUsd, priceList: versionOf(prices) }
  throw new RuntapeError('invalid-option', `it returned ${shown(price)} for ${model}, which is not an amount.`)
}

// Without one the price counts all the same.
const versionOf = ({ version }: PriceList): string =>
  typeof version === 'string' && version !== '' ? version : 'unnamed price list'

const shown = (price: unknown): string => (typeof price === 'string' ? JSON.stringify(price) : String(price))
