/** A row of the query that `usageSql` makes. */
export interface UsageSqlRow {
  readonly [group: `group_${number}`]: string | number
  readonly runs: number
  readonly succeeded: number
  readonly failed: number
  readonly positive: number
  readonly negative: number
  readonly input: number | null
  readonly output: number | null
  readonly total: number | null
  readonly cachedInput: number | null
  readonly cacheWrite: number | null
  readonly reasoning: number | null
  readonly duration_count: number
  readonly duration_mean: number | null
  readonly duration_p50: number | null
  readonly duration_p95: number | null
  readonly first_count: number
  readonly first_mean: number | null
  readonly first_p50: number | null
  readonly first_p95: number | null
}

const tokenFields = ['input', 'output', 'total', 'cachedInput', 'cacheWrite', 'reasoning'] as const

/**
 * The billing query in three steps: the first event of each run, the runs with their metrics side by side,
 * and the groups. `groups` are expressions over `first`; `where` says which first events count.
 */
export function usageSql(groups: readonly string[], where: string): string {
  const names = groups.map((_, index) => `group_${index}`)
  const partition = names.length > 0 ? `PARTITION BY ${names.join(', ')}` : ''
  return `
    WITH first_events AS MATERIALIZED (
      ${firstEvents(groups, where)}
    ),
    runs AS (
      ${runMetrics(names)}
    ),
    ranked AS (
      SELECT *,
        ${rank('duration_ms', 'duration', partition)},
        ${rank('first_token_ms', 'first', partition)}
      FROM runs
    )
    SELECT ${list(names)}
      count(*) AS runs,
      count(*) FILTER (WHERE outcome = 'success') AS succeeded,
      count(*) FILTER (WHERE outcome = 'error') AS failed,
      count(*) FILTER (WHERE feedback = 'positive') AS positive,
      count(*) FILTER (WHERE feedback = 'negative') AS negative,
      ${tokenFields.map(field => `${sum(tokensOfRun(field))} AS ${field}`).join(',\n      ')},
      ${distribution('duration_ms', 'duration')},
      ${distribution('first_token_ms', 'first')}
    FROM ranked
    ${names.length > 0 ? `GROUP BY ${names.join(', ')} ORDER BY ${names.join(', ')}` : ''}`
}

function firstEvents(groups: readonly string[], where: string): string {
  return `SELECT ${list(groups.map((group, index) => `${group} AS group_${index}`))} first.run_id
      FROM run_events AS first
      WHERE ${where} AND NOT EXISTS (
        SELECT 1 FROM run_events AS earlier
        WHERE earlier.run_id = first.run_id AND earlier.replay_trace_id = ''
          AND (earlier.at, earlier.id) < (first.at, first.id))`
}

function runMetrics(names: readonly string[]): string {
  return `SELECT ${list(names)}
        max(iif(metric = 'outcome', value_json ->> '$.status', NULL)) AS outcome,
        max(iif(metric = 'feedback', value_json ->> '$.kind', NULL)) AS feedback,
        max(iif(metric = 'duration', CAST(value_json AS REAL), NULL)) AS duration_ms,
        max(iif(metric = 'time-to-first-token', CAST(value_json AS REAL), NULL)) AS first_token_ms,
        max(iif(metric = 'tokens', value_json, NULL)) AS tokens_json,
        ${tokenFields.map(field => `${sum(tokensOfCall(field))} AS calls_${field}`).join(',\n        ')}
      FROM first_events JOIN run_events USING (run_id)
      WHERE replay_trace_id = ''
      GROUP BY run_id`
}

/** Exact up to 2^53, and never an error: one absurd record must not keep everybody from the bill. */
const sum = (tokens: string): string => `sum(CAST(${tokens} AS REAL))`

const tokensOfCall = (field: string): string =>
  `iif(substr(metric, 1, 5) = 'call:', value_json ->> '$.usage.${field}', NULL)`

/** A run's own count alone, where there is one; else what its finished calls add up to. */
const tokensOfRun = (field: string): string =>
  `iif(tokens_json IS NULL, calls_${field}, tokens_json ->> '$.${field}')`

const rank = (value: string, name: string, partition: string): string =>
  `row_number() OVER (${partition} ORDER BY ${value} NULLS LAST) AS ${name}_rank,
        count(${value}) OVER (${partition}) AS ${name}_total`

function distribution(value: string, name: string): string {
  return `count(${value}) AS ${name}_count, avg(${value}) AS ${name}_mean,
      ${percentile(value, name, 50)} AS ${name}_p50, ${percentile(value, name, 95)} AS ${name}_p95`
}

/** Of nearest rank, in whole numbers: the rank is the share of the values, rounded up. */
const percentile = (value: string, name: string, percent: number): string =>
  `max(${value}) FILTER (WHERE ${name}_rank = (${name}_total * ${percent} + 99) / 100)`

const list = (expressions: readonly string[]): string => expressions.map(each => `${each}, `).join('')
