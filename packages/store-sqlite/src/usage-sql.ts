import { tokenColumns } from './billed-columns.ts'

type TokenField = keyof typeof tokenColumns

/** A row of the query that `usageSql` makes. Sums are texts: they may be larger than a number holds exactly. */
export interface UsageSqlRow extends Readonly<Record<TokenField, string | null>> {
  readonly [group: `group_${number}`]: string | number
  readonly runs: number
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  readonly unfinished: number
  readonly unknown_usage: number
  readonly positive: number
  readonly negative: number
  readonly cost: string | null
  readonly unpriced_runs: number
  /** Runs whose tokens and cost are in no sum: see `isOdd`. */
  readonly odd_runs: number
  readonly duration_count: number
  readonly duration_mean: number | null
  readonly duration_p50: number | null
  readonly duration_p95: number | null
  readonly first_count: number
  readonly first_mean: number | null
  readonly first_p50: number | null
  readonly first_p95: number | null
}

const tokenFields = Object.keys(tokenColumns) as TokenField[]

/** What `usageSql` asks for. */
export interface UsageSqlParts {
  /** What to group by: expressions over the live events of one run. */
  readonly groups: readonly string[]
  /** Which events may be of a run that counts. */
  readonly events: string
  /** Which runs count: a condition over the live events of one run. */
  readonly runs: string
  /** What a call of a run with several models used counts under its own model. */
  readonly byModel: boolean
}

/**
 * The billing query: one pass over the events in the order of their runs gives the runs with their metrics side by
 * side; then come the groups of runs, and beside them their percentiles.
 */
export function usageSql({ groups, events, runs, byModel }: UsageSqlParts): string {
  const names = groups.map((_, index) => `group_${index}`)
  return `
    WITH runs AS MATERIALIZED (
      SELECT ${list(groups.map((group, index) => `${group} AS group_${index}`))}
        ${runColumns}, ${isOdd(byModel)} AS is_odd
      FROM run_events AS event
      WHERE event.replay_trace_id = '' AND ${events}
      GROUP BY event.run_id HAVING ${runs}
    ),
    sums AS (
      SELECT ${list(names)} ${sumColumns} FROM runs ${groupBy(names)}
    ),
    ${percentiles('duration', names)},
    ${percentiles('first', names)}
    SELECT * FROM sums
    ${join('duration', names)}
    ${join('first', names)}
    ${names.length > 0 ? `ORDER BY ${names.join(', ')}` : ''}`
}

/** The odd runs of the same query, with their groups; the sums do without what those used. */
export function oddRunsSql({ groups, events, runs, byModel }: UsageSqlParts): string {
  return `
    SELECT ${list(groups.map((group, index) => `${group} AS group_${index}`))} event.run_id
    FROM run_events AS event
    WHERE event.replay_trace_id = '' AND ${events}
    GROUP BY event.run_id HAVING ${runs} AND ${isOdd(byModel)}`
}

const ofMetric = (metric: string): string => `FILTER (WHERE event.metric = '${metric}')`
const ofCalls = "FILTER (WHERE event.input_tokens IS NOT NULL AND event.metric <> 'tokens')"

/** A run's own count alone, where it has one; else what its calls add up to, which then is all there is. */
const tokensOfRun = (column: string): string =>
  `iif(count(event.input_tokens) ${ofMetric('tokens')} = 0, sum(event.${column}), sum(event.${column}) ${ofMetric('tokens')})`

/** What its calls with usage cost, each by its own model, or else what its own count costs; in part is not at all. */
const costOfRun = `CASE count(*) ${ofCalls}
          WHEN 0 THEN sum(event.cost_nano_usd) ${ofMetric('tokens')}
          WHEN count(event.cost_nano_usd) ${ofCalls} THEN sum(event.cost_nano_usd) ${ofCalls}
        END`

const isCall = "event.metric >= 'call:' AND event.metric < 'call;'"

/** A call that the provider bills, without usage. Rows of the first schema have its status in the value alone. */
const isUnknownCall = `${isCall} AND event.input_tokens IS NULL
          AND coalesce(event.verdict, event.value_json ->> '$.status') <> 'error'`

const ofUsage = 'FILTER (WHERE event.input_tokens IS NOT NULL)'

/** The model that a call names, or `''`. Rows of older schemas have it in the value alone. */
const callModel = (event: string): string =>
  `coalesce(${event}.call_model, ${event}.value_json ->> '$.model', '')`

/** The model of a run's first call with usage, else of its first call that names one; `''` if that names none. */
export const modelOfCalls = (() => {
  const isNaming = (event: string) => `${event}.metric >= 'call:' AND ${event}.metric < 'call;'
            AND (${event}.input_tokens IS NOT NULL OR ${callModel(event)} <> '')`
  const [least, most] = ['min', 'max'].map(
    pick => `${pick}(${callModel('event')}) FILTER (WHERE ${isNaming('event')})`,
  )
  return `iif(${least} IS ${most}, ${least}, (
          SELECT ${callModel('called')} FROM run_events AS called
          WHERE called.run_id = event.run_id AND called.replay_trace_id = '' AND ${isNaming('called')}
          ORDER BY called.input_tokens IS NULL, called.at, called.id LIMIT 1))`
})()

const differ = (value: string, filter: string): string =>
  `min(${value}) ${filter} IS NOT max(${value}) ${filter}`

/** Its tokens do not count for all of its calls, or its calls are of several models: only `billOfRun` knows its bill. */
const isOdd = (byModel: boolean): string => {
  const hasScopes = `(count(event.scope) ${ofMetric('tokens')} > 0 AND count(*) ${ofCalls} > 0
          AND ${differ("coalesce(event.scope, '')", ofUsage)})`
  return byModel ? `(${hasScopes} OR ${differ(callModel('event'), ofCalls)})` : hasScopes
}

const runColumns = [
  `max(event.verdict) ${ofMetric('outcome')} AS outcome`,
  `max(event.verdict) ${ofMetric('feedback')} AS feedback`,
  `max(event.milliseconds) ${ofMetric('duration')} AS duration_ms`,
  `max(event.milliseconds) ${ofMetric('time-to-first-token')} AS first_ms`,
  ...tokenFields.map(field => `${tokensOfRun(tokenColumns[field])} AS ${field}`),
  `${costOfRun} AS cost`,
  `count(*) FILTER (WHERE ${isCall}) AS calls`,
  `count(*) FILTER (WHERE ${isUnknownCall}) AS unknown_calls`,
].join(',\n        ')

const sumColumns = [
  'count(*) AS runs',
  "count(*) FILTER (WHERE outcome = 'success') AS succeeded",
  "count(*) FILTER (WHERE outcome = 'error') AS failed",
  "count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled",
  'count(*) FILTER (WHERE outcome IS NULL) AS unfinished',
  `count(*) FILTER (WHERE unknown_calls > 0 OR (outcome = 'cancelled' AND calls = 0 AND input IS NULL))
          AS unknown_usage`,
  "count(*) FILTER (WHERE feedback = 'positive') AS positive",
  "count(*) FILTER (WHERE feedback = 'negative') AS negative",
  ...tokenFields.map(field => `CAST(sum(${field}) FILTER (WHERE NOT is_odd) AS TEXT) AS ${field}`),
  'CAST(sum(cost) FILTER (WHERE NOT is_odd) AS TEXT) AS cost',
  'count(*) FILTER (WHERE input IS NOT NULL AND cost IS NULL AND NOT is_odd) AS unpriced_runs',
  'count(*) FILTER (WHERE is_odd) AS odd_runs',
  'count(duration_ms) AS duration_count, avg(duration_ms) AS duration_mean',
  'count(first_ms) AS first_count, avg(first_ms) AS first_mean',
].join(',\n        ')

/** Of nearest rank: the smallest value that at least that share of the values do not exceed. */
function percentiles(name: string, groups: readonly string[]): string {
  const partition = groups.length > 0 ? `PARTITION BY ${groups.join(', ')}` : ''
  return `${name}_percentiles AS (
      SELECT ${list(groups)}
        min(value) FILTER (WHERE share >= 0.5) AS ${name}_p50, min(value) FILTER (WHERE share >= 0.95) AS ${name}_p95
      FROM (
        SELECT ${list(groups)} ${name}_ms AS value, cume_dist() OVER (${partition} ORDER BY ${name}_ms) AS share
        FROM runs WHERE ${name}_ms IS NOT NULL
      ) ${groupBy(groups)}
    )`
}

const join = (name: string, groups: readonly string[]): string =>
  `LEFT JOIN ${name}_percentiles ${groups.length > 0 ? `USING (${groups.join(', ')})` : ''}`

const groupBy = (groups: readonly string[]): string =>
  groups.length > 0 ? `GROUP BY ${groups.join(', ')}` : ''

const list = (expressions: readonly string[]): string => expressions.map(each => `${each}, `).join('')
