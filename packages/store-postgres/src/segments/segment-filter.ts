import type { RunFilter } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import { hasAmount, type Shape } from './segment.ts'
import { amountNames, type shapeNames } from './segment-columns.ts'

type Filter = Checked<RunFilter>

/** Members of a filter that the shape of a run decides. */
const equals: Readonly<Partial<Record<keyof Filter, (typeof shapeNames)[number]>>> = {
  configKey: 'config_key',
  variationKey: 'variation_key',
  version: 'version',
  model: 'model',
  provider: 'provider',
  contextKind: 'context_kind',
  outcome: 'outcome',
  feedback: 'feedback',
}

/** The smallest and largest amount, with what else must be known of the run. */
const ranges = [
  ['duration_ms', 'minDurationMs', 'maxDurationMs', []],
  ['total_tokens', 'minTokens', 'maxTokens', ['input_tokens', 'output_tokens']],
  ['nano_usd', 'minNanoUsd', 'maxNanoUsd', []],
] as const

/** `since` and `until` do not cut a quarter that is read by column. */
const decided: ReadonlySet<string> = new Set([
  ...Object.keys(equals),
  ...ranges.flatMap(([, least, most]) => [least, most]),
  ...['since', 'until', 'groupBy', 'asOf', 'adjustments', 'timeZone', 'bucketMs', 'orderBy', 'limit'],
])

/** Whether segments decide the filter. An index finds the runs of a customer or a trace faster. */
export const isDecidedBySegments = (query: Filter): boolean =>
  Object.entries(query).every(([name, value]) => value === undefined || decided.has(name))

/** Whether runs of the shape can pass. */
export const passesShape = (query: Filter, shape: Shape): boolean =>
  Object.entries(equals).every(([member, column]) => {
    const wanted = query[member as keyof Filter]
    return wanted === undefined || String(wanted) === String(shape[column as keyof Shape])
  }) && rangesOf(query).every(({ needs }) => needs.every(bit => hasAmount(shape, bit)))

/** A range of an amount. */
export interface AmountRange {
  readonly amount: number
  readonly least: number
  readonly most: number
  readonly needs: readonly number[]
}

export const rangesOf = (query: Filter): AmountRange[] =>
  ranges.flatMap(([name, min, max, others]) => {
    const [least, most] = [query[min], query[max]]
    if (least === undefined && most === undefined) return []
    const needs = [name, ...others].map(each => amountNames.indexOf(each))
    return [{ amount: needs[0] ?? 0, least: least ?? -Infinity, most: most ?? Infinity, needs }]
  })
