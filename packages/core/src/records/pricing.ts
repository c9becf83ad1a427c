import { messageOf, RuntapeError } from '../errors.ts'
import type { Cost, PriceList } from './cost.ts'
import type { CallValue, RunEvent } from './records.ts'
import type { TokenUsage } from './token-usage.ts'

/** Adds the cost to an event that has usage with a known price. */
export type Pricing = (event: RunEvent) => RunEvent

/** @param onFailure called if the list throws or returns an invalid amount: the event then has no cost */
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

/** The tokens of an event to be priced, and the model that used them. */
function usedBy({ metric, value, modelName, providerName, cost, replay }: RunEvent): Used | undefined {
  // Priced where it was made, and replays never bill.
  if (cost || replay) return undefined
  if (metric === 'tokens') return known(modelName, providerName, value as TokenUsage)
  if (!metric.startsWith('call:')) return undefined
  const { model, provider, usage } = (value ?? {}) as Partial<CallValue>
  return known(model || modelName, provider || providerName, usage)
}

/** A resumed run does not know its model. */
const known = (model: string, provider: string, usage: TokenUsage | undefined): Used | undefined =>
  model === '' || usage === undefined ? undefined : { model, provider, usage }

function costOf(prices: PriceList, { at }: RunEvent, { model, provider, usage }: Used): Cost | undefined {
  const price: unknown = prices.nanoUsd(model, provider, usage, at)
  // Many lists return `null` for an unknown price.
  if (price === undefined || price === null) return undefined
  const nanoUsd = typeof price === 'number' ? Math.round(price) : Number.NaN
  if (nanoUsd >= 0 && Number.isSafeInteger(nanoUsd)) return { nanoUsd, priceList: versionOf(prices) }
  throw new RuntapeError(
    'invalid-option',
    `it returned ${shown(price)} for ${model}, which is not an amount.`,
  )
}

// Without a version, the price still counts.
const versionOf = ({ version }: PriceList): string =>
  typeof version === 'string' && version !== '' ? version : 'unnamed price list'

const shown = (price: unknown): string => (typeof price === 'string' ? JSON.stringify(price) : String(price))
