import { usageColumns } from '../runs/run-row.ts'

/** What a row of usage counts, with the condition on a run. */
export const counts = [
  ['runs', 'true'],
  ['succeeded', `outcome = 'success'`],
  ['failed', `outcome = 'error'`],
  ['cancelled', `outcome = 'cancelled'`],
  ['unfinished', `outcome = 'unfinished'`],
  ['unknown_usage', 'is_unknown'],
  ['positive', `feedback = 'positive'`],
  ['negative', `feedback = 'negative'`],
  ['unpriced', 'is_unpriced'],
] as const

export const countNames = counts.map(([name]) => name)

/** The columns that are summed up exactly. */
export const sumNames: readonly string[] = [...Object.values(usageColumns), 'nano_usd']

/** The columns whose values give a mean and percentiles. */
export const distributionNames = ['duration_ms', 'ttft_ms'] as const

/** Sums over rows with the columns of `runs` and `is_own`. Values of distributions are doubles, one after the other. */
export const sumsOfRuns: readonly string[] = [
  ...counts.map(([name, condition]) => `count(*) FILTER (WHERE is_own AND ${condition}) AS ${name}`),
  ...sumNames.map(name => `sum(${name})::text AS ${name}`),
  ...distributionNames.map(
    name => `string_agg(float8send(${name}), ''::bytea) FILTER (WHERE is_own) AS ${name}`,
  ),
]

/** The same over rows of `usage_quarters`. */
export const sumsOfQuarters: readonly string[] = [
  ...countNames.map(name => `sum(${name})::bigint AS ${name}`),
  ...sumNames.map(name => `sum(${name})::text AS ${name}`),
  ...distributionNames.map(name => `string_agg(${name}, ''::bytea) AS ${name}`),
]
