import type { Condition, Range } from '@runtape/core/filter'
import { joined, raw, type Sql, sql } from '../database/sql.ts'

type Pattern = Extract<Condition, { kind: 'matches' }>['patterns'][number]

/** Fields whose one text is a column. */
const textColumns: Readonly<Record<string, string>> = {
  status: 'run.outcome',
  feedback: 'run.feedback',
  config: 'run.config_key',
  variation: 'run.variation_key',
  version: 'run.version::text',
  model: 'run.model',
  provider: 'run.provider',
  user: 'run.context_key',
  'context.kind': 'run.context_kind',
  'context.key': 'run.context_key',
}

const exact = '9007199254740991'
const tokens = ['total', 'input', 'output', 'cached_input'].map(name => `run.${name}_tokens`)

/** Sums that a number does not hold exactly are unknown. */
const exactTokens = (column: string): string =>
  `CASE WHEN greatest(${tokens.join(', ')}) <= ${exact} THEN run.${column}_tokens END`

const amountColumns: Readonly<Record<string, string>> = {
  cost: `CASE WHEN run.nano_usd <= ${exact} THEN run.nano_usd END`,
  tokens: exactTokens('total'),
  in: exactTokens('input'),
  out: exactTokens('output'),
  cached: exactTokens('cached_input'),
  duration: 'run.duration_ms',
  ttft: 'run.ttft_ms',
}

const isExactText = (pattern: Pattern): boolean => pattern.length === 1

/** Whether the row of a run alone decides the condition. */
export const isDecidedByRow = (condition: Condition): boolean =>
  condition.kind === 'within'
    ? Object.hasOwn(amountColumns, condition.field)
    : condition.kind === 'matches' &&
      Object.hasOwn(textColumns, condition.field) &&
      condition.patterns.every(isExactText)

/** The condition on the row of a run. It may hold for some runs too many unless `isDecidedByRow`. */
export function whereCondition(condition: Condition): Sql | undefined {
  const { isNegated } = condition
  const holds = isDecidedByRow(condition) || !isNegated ? conditionOn(condition) : undefined
  return holds && (isNegated ? sql`(${holds}) IS NOT TRUE` : sql`(${holds})`)
}

function conditionOn(condition: Condition): Sql | undefined {
  if (condition.kind === 'search') return undefined
  const columns = condition.kind === 'matches' ? textColumns : amountColumns
  const name = Object.hasOwn(columns, condition.field) ? columns[condition.field] : undefined
  if (name === undefined) return undefined
  const column = raw(name)
  const parts =
    condition.kind === 'matches'
      ? condition.patterns.map(pattern => hasPattern(column, pattern))
      : condition.ranges.map(range => isIn(column, range))
  return joined(parts, ' OR ')
}

/** Columns with an index on the start of their texts. */
const indexed: ReadonlySet<string> = new Set(['run.config_key', 'run.context_key'])

function hasPattern(column: Sql, pattern: Pattern): Sql {
  if (isExactText(pattern)) {
    const [text] = pattern
    if (!indexed.has(column.text)) return sql`${column} = ${text}`
    return sql`(left(${column}, 100) = left(${text}::text, 100) AND ${column} = ${text})`
  }
  const like = pattern.map(part => part.replace(/[\\%_]/g, '\\$&')).join('%')
  // Texts that Postgres cannot hold are encoded, and start with this character.
  return sql`${column} LIKE ${like} OR left(${column}, 1) = U&'\\FFFF'`
}

function isIn(column: Sql, range: Range): Sql {
  if (range === 'unknown') return sql`(${column}) IS NULL`
  const { from, to, isFromOpen, isToOpen } = range
  const bounds = [
    sql`(${column}) IS NOT NULL`,
    from === undefined ? undefined : sql`(${column}) ${raw(isFromOpen ? '>' : '>=')} ${from}`,
    to === undefined ? undefined : sql`(${column}) ${raw(isToOpen ? '<' : '<=')} ${to}`,
  ]
  return sql`(${joined(bounds, ' AND ')})`
}
