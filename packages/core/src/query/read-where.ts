import { RuntapeError } from '../errors.ts'
import { type Condition, type Range, readFilter } from '../filter/index.ts'

/** A filter as stores apply it. */
export interface CheckedWhere {
  /** All conditions except those on the time. Absent if there are none. */
  readonly where?: readonly Condition[]
  readonly since?: number
  readonly until?: number
}

/**
 * Reads the text of a filter. Its `since:` and `until:` become bounds of the period, which stores look up in an index.
 *
 * @param period bounds that the query has besides the text
 * @param isPast whether the query reads a past revision
 * @throws {RuntapeError} `invalid-option` with the position of the problem
 */
export function readWhere(text: unknown, period: Omit<CheckedWhere, 'where'>, isPast = false): CheckedWhere {
  if (typeof text !== 'string')
    throw new RuntapeError(
      'invalid-option',
      `where must be the text of a filter, such as 'feedback:negative cost>0.02' (got ${Object.prototype.toString.call(text)}).`,
    )
  const conditions = readFilter(text)
  for (const condition of conditions) requireKnown(condition, isPast)
  const where = conditions.filter(condition => !isTime(condition))
  const bounds = conditions.filter(isTime).map(boundsOf)
  const since = most([period.since, ...bounds.map(bound => bound.since)])
  const until = least([period.until, ...bounds.map(bound => bound.until)])
  return {
    ...(where.length > 0 && { where }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

/** Fields that a store can only read as they are now. */
const present: readonly string[] = ['reviewed', 'cohort']

function requireKnown(condition: Condition, isPast: boolean): void {
  if (condition.kind !== 'matches' || !present.includes(condition.field)) return
  if (isPast)
    throw new RuntapeError(
      'invalid-option',
      `${condition.field} in a filter cannot be used with asOf: the answer would not be of that moment. Leave out one of the two.`,
    )
  if (condition.field === 'cohort' && condition.patterns.some(pattern => pattern.join('').includes('@')))
    throw new RuntapeError(
      'invalid-option',
      'cohort in a filter is a name without a version: the newest version counts. Read an older one with cohorts.entries.',
    )
}

type TimeCondition = Extract<Condition, { kind: 'within' }>

const isTime = (condition: Condition): condition is TimeCondition =>
  condition.kind === 'within' && condition.field === 'time'

/** `-since:7d` is the time before that moment; `-until:7d` is the time from then on. */
function boundsOf({ ranges, isNegated }: TimeCondition): { since?: number; until?: number } {
  const [{ from, to } = {}] = ranges as readonly Exclude<Range, 'unknown'>[]
  const [since, until] = isNegated ? [to, from] : [from, to]
  return { ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
}

const known = (times: readonly (number | undefined)[]): number[] => times.filter(time => time !== undefined)

const most = (times: readonly (number | undefined)[]): number | undefined =>
  known(times).reduce<number | undefined>((a, b) => Math.max(a ?? b, b), undefined)

const least = (times: readonly (number | undefined)[]): number | undefined =>
  known(times).reduce<number | undefined>((a, b) => Math.min(a ?? b, b), undefined)
