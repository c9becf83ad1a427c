import type { Cost } from './cost.ts'
import type { CallValue, RunContext, RunEvent } from './records.ts'
import { usageProblem } from './token-usage.ts'

/**
 * True only for events that `recordProblem` accepts. It is checked first, because most events have one of a few shapes, and
 * reading their fields by name costs a fifth of looping over a field list. Other events use the list.
 */
export function isUsualEvent(event: Partial<RunEvent> & { readonly toJSON?: unknown }): boolean {
  const { runId, metric, at, configKey, variationKey, version, modelName, providerName, context } = event
  const { value, cost, scope, traceId } = event
  return (
    isSomeText(runId) &&
    isSomeText(metric) &&
    isFinite(at) &&
    typeof configKey === 'string' &&
    typeof variationKey === 'string' &&
    Number.isSafeInteger(version) &&
    typeof modelName === 'string' &&
    typeof providerName === 'string' &&
    (context === undefined || isUsualContext(context)) &&
    (cost === undefined || isCostOf(metric, cost)) &&
    (scope === undefined || isSomeText(scope)) &&
    (traceId === undefined || typeof traceId === 'string') &&
    event.attributes === undefined &&
    event.replay === undefined &&
    event.toJSON === undefined &&
    isUsualValue(metric, value)
  )
}

const isSomeText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isFinite = (value: unknown): boolean => Number.isFinite(value)
const isMilliseconds = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0

function isUsualContext(context: RunContext): boolean {
  if (typeof context !== 'object' || context === null || Array.isArray(context)) return false
  const { kind, key, toJSON } = context as RunContext & { readonly toJSON?: unknown }
  return typeof kind === 'string' && typeof key === 'string' && toJSON === undefined
}

function isCostOf(metric: string, cost: Cost): boolean {
  if (metric !== 'tokens' && !metric.startsWith('call:')) return false
  if (typeof cost !== 'object' || cost === null || Array.isArray(cost)) return false
  const { nanoUsd, priceList, toJSON } = cost as Cost & { readonly toJSON?: unknown }
  return Number.isSafeInteger(nanoUsd) && nanoUsd >= 0 && isSomeText(priceList) && toJSON === undefined
}

function isUsualValue(metric: string, value: unknown): boolean {
  if (metric === 'duration' || metric === 'time-to-first-token') return isMilliseconds(value)
  if (metric === 'tokens') return usageProblem(value as never) === undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { status, toJSON, error } = value as Partial<CallValue> & { readonly toJSON?: unknown }
  if (toJSON !== undefined || error !== undefined || !isStatus(status)) return false
  return metric === 'outcome' || (metric.startsWith('call:') && isUsualCall(value as CallValue))
}

const isStatus = (status: unknown): boolean =>
  status === 'success' || status === 'error' || status === 'cancelled'

function isUsualCall({ durationMs, timeToFirstTokenMs, usage, model, isDoubtful }: CallValue): boolean {
  return (
    isDoubtful === undefined &&
    isMilliseconds(durationMs) &&
    (timeToFirstTokenMs === undefined || isMilliseconds(timeToFirstTokenMs)) &&
    (model === undefined || typeof model === 'string') &&
    (usage === undefined || usageProblem(usage) === undefined)
  )
}
