import { raw, type Sql } from '../database/sql.ts'
import { distributionNames, sumNames } from '../usage/columns.ts'

/** What most runs share: a quarter of an hour has few values of all these together. In the order of a shape. */
export const shapeNames = [
  ...['config_key', 'variation_key', 'version', 'model', 'provider', 'context_kind', 'outcome', 'feedback'],
  ...['is_unpriced', 'is_unknown', 'known'],
] as const

/** The numbers of a run. Bit `n` of `known` in the shape says whether the run has the `n`th. */
export const amountNames: readonly string[] = [...sumNames, ...distributionNames]

/** Columns of `usage_quarters` with the runs of the quarter by column, in one order. */
export const segmentColumns: readonly (readonly [name: string, type: string])[] = [
  ['has_segment', 'boolean'],
  ['has_parts', 'boolean'],
  ['shapes', 'text'],
  ['shape', 'bytea'],
  ['customers', 'text'],
  ['customer', 'bytea'],
  ...sumNames.map(name => [listOf(name), 'bytea'] as const),
]

/** The column with the known values of the runs. */
export function listOf(name: string): string {
  return `all_${name}`
}

/** Larger numbers are not exact in JavaScript. A quarter that has one has no segment. */
const largest = '9007199254740991'

const known = amountNames.map((name, bit) => `((${name} IS NOT NULL)::int << ${bit})`).join(' | ')

const shape = `json_build_array(${[
  ...shapeNames.slice(0, -1).map(name => (name === 'version' ? 'version::text' : name)),
  known,
].join(', ')})::text COLLATE "C"`

/** Rows of runs with the place of their shape and customer in the lists of their quarter. */
export const placesOfRun: Sql = raw(`run.*, ${shape} AS shape_text,
  dense_rank() OVER (ORDER BY ${shape}) - 1 AS shape_place, row_number() OVER (PARTITION BY ${shape}) = 1 AS is_first_shape,
  dense_rank() OVER (ORDER BY coalesce(context_key, '')) - 1 AS customer_place,
  row_number() OVER (PARTITION BY coalesce(context_key, '')) = 1 AS is_first_customer`)

/** In as few bytes as hold all of a quarter. Unsigned: Postgres has no such type. */
const numbers = (name: string, value: string, isSmall: string): string =>
  `CASE WHEN ${isSmall} THEN string_agg(substring(int4send((${value})::int) from 3), ''::bytea)
    ELSE string_agg(int4send((${value})::int), ''::bytea) END AS ${name}`

const amounts = (name: string): string => {
  const exact = `CASE WHEN ${name} BETWEEN 0 AND ${largest} THEN ${name} END`
  return `CASE WHEN max(${name}) < 4294967296 THEN string_agg(substring(int8send((${exact})::bigint) from 5), ''::bytea)
    ELSE string_agg(float8send((${exact})::float8), ''::bytea) END AS ${listOf(name)}`
}

/** The columns of the segment, over rows of `placesOfRun`. All aggregates read the rows in the same order. */
export const segmentOfRuns: readonly string[] = [
  `coalesce(bool_and(coalesce(greatest(${sumNames.join(', ')}) <= ${largest}
    AND least(${sumNames.join(', ')}) >= 0, true)), false) AS has_segment`,
  'coalesce(bool_or(parts IS NOT NULL), false) AS has_parts',
  'json_agg(shape_text::json ORDER BY shape_place) FILTER (WHERE is_first_shape)::text AS shapes',
  numbers('shape', 'shape_place', 'max(shape_place) < 65536'),
  `json_agg(coalesce(context_key, '') ORDER BY customer_place) FILTER (WHERE is_first_customer)::text AS customers`,
  numbers('customer', 'customer_place', 'max(customer_place) < 65536'),
  ...sumNames.map(amounts),
]
