import { RuntapeError } from '../errors.ts'
import type { ListQuery } from '../store/lists.ts'
import { pointInTime } from '../store/point-in-time.ts'
import type { Revision } from '../store/revision.ts'
import type { FacetField, FacetQuery } from '../store/runs/facets.ts'
import type { RunFilter, RunQuery, RunRowQuery } from '../store/runs/runs.ts'
import type { UsageDimension, UsageQuery } from '../store/runs/usage.ts'
import type { TraceOptions, TraceQuery } from '../store/traces/traces.ts'
import { type CheckedWhere, readWhere } from './read-where.ts'

/** A query with checked arguments: times are milliseconds since the Unix epoch. */
export type Checked<Q> = Omit<Q, 'since' | 'until' | 'asOf' | 'where'> & {
  readonly since?: number
  readonly until?: number
} & (Q extends { readonly asOf?: unknown } ? { readonly asOf?: Revision | number } : unknown) &
  (Q extends { readonly where?: unknown } ? Pick<CheckedWhere, 'where'> : unknown)

export type Check = (name: string, value: unknown) => void

export const text: Check = (name, value) => {
  if (typeof value !== 'string') throw refusal(name, value, 'must be a string')
}

export const oneOf =
  (...choices: readonly string[]): Check =>
  (name, value) => {
    if (!choices.includes(value as string)) throw refusal(name, value, `must be ${listed(choices)}`)
  }

export const limitOf =
  (things: string, step: string): Check =>
  (name, value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      throw refusal(name, value, `must be a whole number of ${things}, 1 or more`, step)
  }

const limit = limitOf('items', 'Omit it for 50.')

const duration: Check = (name, value) => {
  if (typeof value !== 'number' || !(value >= 0))
    throw refusal(name, value, 'must be milliseconds, 0 or more')
}

/** Dimensions of a run that are no times. */
const facts = {
  config: true,
  variation: true,
  version: true,
  model: true,
  provider: true,
  contextKind: true,
  contextKey: true,
} as const

const dimensions = Object.keys({
  bucket: true,
  hour: true,
  day: true,
  month: true,
  ...facts,
} satisfies Record<UsageDimension, true>)

const groupBy: Check = (name, value) => {
  if (!Array.isArray(value))
    throw refusal(name, value, 'must be a list', `Use some of ${dimensions.join(', ')}.`)
  for (const dimension of value)
    if (!dimensions.includes(dimension))
      throw new RuntapeError(
        'invalid-option',
        `groupBy cannot group by ${shown(dimension)}. Use some of ${dimensions.join(', ')}.`,
      )
}

/** A time; it is parsed, not only checked. */
const time: Check = () => {}

export const isRevision = (value: unknown): value is Revision =>
  typeof value === 'string' && /^r\d/.test(value)

/** The text of a filter; it is parsed, not only checked. */
const filter: Check = () => {}

/** A time or a revision. */
export const moment: Check = () => {}

const timeZone: Check = (name, value) => {
  try {
    if (typeof value === 'string') return void new Intl.DateTimeFormat('en-US', { timeZone: value })
  } catch {
    // Reported elsewhere.
  }
  throw refusal(name, value, 'must be a time zone', "Use an IANA name such as 'Europe/Berlin'.")
}

const trueOrFalse: Check = (name, value) => {
  if (typeof value !== 'boolean') throw refusal(name, value, 'must be true or false')
}

const listChecks = { since: time, until: time, limit, cursor: text, asOf: moment } satisfies Checks<ListQuery>

const outcomes = ['success', 'error', 'cancelled'] as const
const kinds = ['positive', 'negative'] as const
const outcome = oneOf(...outcomes)
const feedback = oneOf(...kinds)

const whole: Check = (name, value) => {
  if (!Number.isSafeInteger(value)) throw refusal(name, value, 'must be a whole number')
}

const count =
  (of: string): Check =>
  (name, value) => {
    if (typeof value !== 'number' || !(value >= 0)) throw refusal(name, value, `must be ${of}, 0 or more`)
  }

const [tokens, nanoUsd] = [count('a number of tokens'), count('billionths of a US dollar')]

export const runFilterChecks = {
  where: filter,
  since: time,
  until: time,
  configKey: text,
  variationKey: text,
  version: whole,
  model: text,
  provider: text,
  contextKind: text,
  contextKey: text,
  traceId: text,
  outcome: oneOf(...outcomes, 'unfinished'),
  feedback: oneOf(...kinds, 'none'),
  minDurationMs: duration,
  maxDurationMs: duration,
  minTokens: tokens,
  maxTokens: tokens,
  minNanoUsd: nanoUsd,
  maxNanoUsd: nanoUsd,
} satisfies Checks<RunFilter>

const runChecks = {
  ...runFilterChecks,
  ...listChecks,
  sort: oneOf('time', 'cost', 'tokens', 'duration'),
  order: oneOf('descending', 'ascending'),
  fields: oneOf('row'),
} satisfies Checks<RunRowQuery>

const traceChecks = {
  ...listChecks,
  where: filter,
  key: text,
  status: oneOf('ok', 'error', 'cancelled', 'abandoned', 'unfinished'),
  outcome,
  feedback,
  runId: text,
  sessionId: text,
  tag: text,
  minDurationMs: duration,
  testRunId: text,
} satisfies Checks<TraceQuery>

const leastBucketMs = 1000

const bucketMs: Check = (name, value) => {
  if (!Number.isSafeInteger(value) || (value as number) < leastBucketMs)
    throw refusal(name, value, 'must be whole milliseconds, 1000 or more', 'Use 900_000 for 15 minutes.')
}

const facetFields = Object.keys({ ...facts, error: true, comment: true } satisfies Record<FacetField, true>)

const facetChecks = {
  ...runFilterChecks,
  field: oneOf(...facetFields),
  limit: limitOf('values', 'Leave it out for 20.'),
  asOf: moment,
} satisfies Checks<FacetQuery>

const usageChecks = {
  ...runFilterChecks,
  groupBy,
  bucketMs,
  timeZone,
  orderBy: oneOf('group', 'runs', 'cost', 'tokens'),
  limit: limitOf('groups', 'Leave it out for all.'),
  asOf: moment,
  adjustments: trueOrFalse,
} satisfies Checks<UsageQuery>

export type Checks<Q> = { readonly [Name in keyof Required<Q>]: Check }

/** The arguments of a list, as every store reads them. */
export const readListQuery = (query: ListQuery = {}): Checked<ListQuery> => read(query, listChecks)

/** The arguments of `traces.get`, as every store reads them. */
export const readTraceOptions = (options: TraceOptions = {}): Checked<TraceOptions> =>
  read<TraceOptions>(options, { deferOutputsFrom: count('a number of bytes'), asOf: moment })

/** The arguments of `runs.list`; `fields` is set if it returns rows. */
export type CheckedRunQuery = Checked<RunQuery> & { readonly fields?: 'row' }

/** The arguments of `runs.list`, as every store reads them. */
export const readRunQuery = (query: RunQuery = {}): CheckedRunQuery => read(query, runChecks)

/** The arguments of `traces.list`, as every store reads them. */
export const readTraceQuery = (query: TraceQuery = {}): Checked<TraceQuery> => read(query, traceChecks)

/** The arguments of `runs.facets`, as every store reads them. */
export function readFacetQuery(query: FacetQuery): Checked<FacetQuery> {
  const checked = read(query, facetChecks) as Checked<FacetQuery>
  if (checked.field === undefined) facetChecks.field('field', undefined)
  return checked
}

/** The arguments of `runs.usage`, as every store reads them. */
export function readUsageQuery(query: UsageQuery = {}): Checked<UsageQuery> {
  const checked = read(query, usageChecks) as Checked<UsageQuery>
  const { adjustments, asOf, bucketMs, groupBy = [] } = checked
  if (adjustments && asOf === undefined)
    throw refusal('adjustments', true, 'needs asOf', 'Pass the revision or time to start from.')
  for (const name of ['orderBy', 'limit'] as const)
    if (adjustments && checked[name] !== undefined)
      throw refusal(
        name,
        checked[name],
        'cannot be used with adjustments',
        'Adjustments list all groups in order.',
      )
  if (groupBy.includes('bucket') && bucketMs === undefined)
    throw refusal('bucketMs', bucketMs, "is needed to group by 'bucket'", 'Use 900_000 for 15 minutes.')
  if (bucketMs !== undefined && !groupBy.includes('bucket'))
    throw refusal('bucketMs', bucketMs, "needs groupBy with 'bucket'")
  return checked
}

/**
 * Checks every argument. `undefined` counts as absent.
 *
 * @throws {RuntapeError} `invalid-option` for an unknown argument: a misspelt filter would match everything
 */
export function read<Q extends Pick<ListQuery, 'since' | 'until' | 'asOf'>>(
  query: Q,
  checks: Readonly<Record<string, Check>>,
): Checked<Q> {
  if (typeof query !== 'object' || query === null || Array.isArray(query))
    throw refusal('a query', query, 'must be an object')
  const checked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(query)) {
    if (!Object.hasOwn(checks, name)) throw unknown(name, Object.keys(checks))
    if (value === undefined) continue
    checks[name]?.(name, value)
    const isTime = checks[name] === time || (checks[name] === moment && !isRevision(value))
    checked[name] = isTime ? pointInTime(name, value as number) : value
  }
  if (checked.where !== undefined) {
    const { where } = checked
    delete checked.where
    Object.assign(checked, readWhere(where, checked, checked.asOf !== undefined))
  }
  assertOrder(query, checked)
  return checked as Checked<Q>
}

/** A reversed period contains nothing: its bill would silently be zero. */
function assertOrder(
  query: Pick<ListQuery, 'since' | 'until'>,
  { since, until }: { readonly since?: unknown; readonly until?: unknown },
): void {
  if (typeof since !== 'number' || typeof until !== 'number' || since <= until) return
  throw refusal('until', query.until ?? until, 'is before since', 'Swap the two.')
}

function unknown(name: string, known: readonly string[]): RuntapeError {
  return new RuntapeError(
    'invalid-option',
    `A query has no argument ${JSON.stringify(name)}. Use some of ${known.join(', ')}.`,
  )
}

export function refusal(name: string, value: unknown, problem: string, step = ''): RuntapeError {
  return new RuntapeError('invalid-option', `${name} ${problem} (got ${shown(value)}). ${step}`.trimEnd())
}

export const listed = (choices: readonly string[]): string =>
  choices.map(choice => `'${choice}'`).join(' or ')

export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`
  return value === null || typeof value !== 'object' ? String(value) : Object.prototype.toString.call(value)
}
