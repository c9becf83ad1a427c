import type { RunFilter } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import { isDecidedByRow, whereCondition } from './where-conditions.ts'

type Filter = Checked<RunFilter>

/** Larger sums are unknown in lists, because a number does not hold them exactly. */
export const listedCost = raw('run.nano_usd <= 9007199254740991')
const listedTokens = raw(
  'run.total_tokens <= 9007199254740991 AND run.input_tokens <= 9007199254740991 AND run.output_tokens <= 9007199254740991',
)

const equal = (column: string, value: unknown): Sql | undefined =>
  value === undefined ? undefined : sql`run.${raw(column)} = ${value}`

/** Equality that an index on the start of the text serves. */
const equalText = (column: string, value: string | undefined): Sql | undefined =>
  value === undefined
    ? undefined
    : sql`left(run.${raw(column)}, 100) = left(${value}::text, 100) AND run.${raw(column)} = ${value}`

function between(column: string, least: number | undefined, most: number | undefined): Sql | undefined {
  if (least === undefined && most === undefined) return undefined
  return allOf([
    raw(`run.${column} IS NOT NULL`),
    least === undefined ? undefined : sql`run.${raw(column)} >= ${least}`,
    most === undefined ? undefined : sql`run.${raw(column)} <= ${most}`,
  ])
}

/** The conditions of a filter on the row of a run. Those of `where` may let some runs too many pass. */
export const runConditions = (query: Filter): Sql =>
  allOf([
    raw('run.first_at IS NOT NULL'),
    query.since === undefined ? undefined : sql`run.first_at >= ${query.since}`,
    query.until === undefined ? undefined : sql`run.first_at < ${query.until}`,
    equalText('config_key', query.configKey),
    equal('variation_key', query.variationKey),
    equal('version', query.version),
    equal('model', query.model),
    equal('provider', query.provider),
    equal('context_kind', query.contextKind),
    equalText('context_key', query.contextKey),
    equal('trace_id', query.traceId),
    equal('outcome', query.outcome),
    equal('feedback', query.feedback),
    query.feedback !== undefined && query.feedback !== 'none' ? raw(`run.feedback <> 'none'`) : undefined,
    between('duration_ms', query.minDurationMs, query.maxDurationMs),
    ...(query.minTokens !== undefined || query.maxTokens !== undefined
      ? [between('total_tokens', query.minTokens, query.maxTokens), listedTokens]
      : []),
    ...(query.minNanoUsd !== undefined || query.maxNanoUsd !== undefined
      ? [between('nano_usd', query.minNanoUsd, query.maxNanoUsd), listedCost]
      : []),
    ...(query.where ?? []).map(whereCondition),
  ])

/** Whether `runConditions` says all that the filter says. */
export const isDecidedByRows = ({ where = [] }: Pick<Filter, 'where'>): boolean => where.every(isDecidedByRow)
