import type { PriceList, SpanRecord } from '@runtape/core'

/** A model call that ran live in a replay and has ended, or outlives its item. */
export interface LiveCall {
  readonly key: string
  readonly model?: string
  /** Cost in billionths of a US dollar; `null` if unknown. */
  readonly nanoUsd: number | null
  /** Why the cost is unknown. */
  readonly reason?: string
  /**
   * Set for a call that outlives its item: first it is reported without a cost, because it may never end, and again when it has
   * ended. The second report replaces the first one.
   */
  readonly spanId?: string
}

const unknown = ({ key, model }: SpanRecord, reason: string): LiveCall => ({
  key,
  ...(model !== undefined && { model }),
  nanoUsd: null,
  reason,
})

/**
 * Prices a call from its recorded usage.
 *
 * @param at when it is made, in milliseconds since the Unix epoch
 */
export function pricedCall(span: SpanRecord, prices: PriceList | undefined, at = span.startedAt): LiveCall {
  const { key, model, usage } = span
  if (!usage) return unknown(span, 'its usage is unknown')
  if (model === undefined) return unknown(span, 'its model is unknown')
  if (!prices) return unknown(span, 'no prices were given')
  const price: unknown = prices.nanoUsd(model, '', usage, at)
  const nanoUsd = typeof price === 'number' ? Math.round(price) : Number.NaN
  return nanoUsd >= 0 ? { key, model, nanoUsd } : unknown(span, 'its model has no price')
}

/** Whether a call without usage may have cost something: a model call, unless the host refused it with an HTTP status. */
export function mayCost({ type, status, output }: SpanRecord): boolean {
  if (type !== 'model') return false
  return !(status === 'error' && /^\{"status":[45]\d\d\b/.test(output?.json ?? ''))
}
