import { type Condition, isWithin, matchesPattern, type Pattern, type Range } from '@runtape/core/filter'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { feedbackCodes, outcomeCodes } from '../rows/run-row.ts'

/** A condition on a number of a row. */
export interface Filter {
  readonly column: NumberColumn
  /** Inclusive range. */
  readonly between?: readonly [least: number, most: number]
  /** Decides where there is no range. NaN means unknown. Default: the number must be unknown. */
  readonly test?: (value: number) => boolean
}

/** Columns of the fields whose values are texts. */
const textColumns: Readonly<Record<string, NumberColumn>> = {
  config: 'config',
  variation: 'variation',
  model: 'model',
  provider: 'provider',
  user: 'context_key',
  'context.key': 'context_key',
  'context.kind': 'context_kind',
}

const amountColumns: Readonly<Record<string, NumberColumn>> = {
  cost: 'cost_nano_usd',
  tokens: 'total_tokens',
  in: 'input_tokens',
  out: 'output_tokens',
  cached: 'cached_input_tokens',
  duration: 'duration_ms',
  ttft: 'first_token_ms',
}

const wordCodes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  status: outcomeCodes,
  feedback: { ...feedbackCodes, none: Number.NaN },
}

/** The conditions that columns of rows can answer. */
export const packedFilters = (where: readonly Condition[], texts: ReadTexts): Filter[] =>
  where.flatMap(condition => filterOf(condition, texts) ?? impliedBy(condition))

/** The other conditions: they need the events, or the trace, of a run. */
export const otherConditions = (where: readonly Condition[] = []): readonly Condition[] =>
  where.filter(condition => condition.kind === 'search' || !isPacked(condition.field))

const isPacked = (field: string): boolean =>
  field === 'version' || [textColumns, amountColumns, wordCodes].some(known => Object.hasOwn(known, field))

function filterOf(condition: Condition, texts: ReadTexts): Filter | undefined {
  if (condition.kind === 'search' || !isPacked(condition.field)) return undefined
  const { field, isNegated } = condition
  if (condition.kind === 'within')
    return amountFilter(amountColumns[field] as NumberColumn, condition.ranges, isNegated)
  const { patterns } = condition
  if (field === 'version') return versionFilter(patterns, isNegated)
  const column = textColumns[field]
  return column ? textFilter(column, condition, texts) : wordFilter(field, patterns, isNegated)
}

/** Implied by `error`: a run with an error did not succeed. */
function impliedBy(condition: Condition): Filter[] {
  if (condition.kind !== 'matches' || condition.field !== 'error' || condition.isNegated) return []
  return [{ column: 'outcome', between: [outcomeCodes.error, outcomeCodes.cancelled] }]
}

function wordFilter(field: string, patterns: readonly Pattern[], isNegated: boolean): Filter {
  const column = field === 'status' ? 'outcome' : 'feedback'
  const codes = patterns.map(([word = '']) => wordCodes[field]?.[word] ?? Number.NaN)
  return oneOf(column, codes, isNegated)
}

/** NaN is matched like any other value. */
function oneOf(column: NumberColumn, values: readonly number[], isNegated: boolean): Filter {
  const [first = Number.NaN] = values
  if (values.length === 1 && !isNegated)
    return Number.isNaN(first) ? { column } : { column, between: [first, first] }
  const all = new Set(values)
  return { column, test: value => all.has(value) !== isNegated }
}

const isExact = (pattern: Pattern): boolean => pattern.length === 1

function versionFilter(patterns: readonly Pattern[], isNegated: boolean): Filter {
  const test = (value: number) => {
    const text = String(value)
    return patterns.some(pattern => matchesPattern(pattern, text)) !== isNegated
  }
  const [[text = ''] = []] = patterns
  const isOne = patterns.length === 1 && patterns.every(isExact) && !isNegated
  return isOne && String(Number(text)) === text
    ? { column: 'version', between: [Number(text), Number(text)] }
    : { column: 'version', test }
}

function textFilter(
  column: NumberColumn,
  { patterns, isNegated }: Extract<Condition, { kind: 'matches' }>,
  texts: ReadTexts,
): Filter {
  if (patterns.every(isExact))
    return oneOf(
      column,
      patterns.map(([text = '']) => texts.idOf(text)),
      isNegated,
    )
  const known = new Map<number, boolean>([[Number.NaN, isNegated]])
  const test = (id: number): boolean => {
    const before = known.get(id)
    if (before !== undefined) return before
    const text = texts.textOf(id)
    const passes = patterns.some(pattern => matchesPattern(pattern, text)) !== isNegated
    known.set(id, passes)
    return passes
  }
  return { column, test }
}

function amountFilter(column: NumberColumn, ranges: readonly Range[], isNegated: boolean): Filter {
  const [first] = ranges
  if (ranges.length === 1 && !isNegated && first !== undefined && first !== 'unknown' && isClosed(first))
    return {
      column,
      between: [first.from ?? -Infinity, Math.min(first.to ?? Infinity, Number.MAX_SAFE_INTEGER)],
    }
  const test = (value: number): boolean => {
    // A larger sum is inexact and counts as unknown.
    const amount = value <= Number.MAX_SAFE_INTEGER ? value : undefined
    return ranges.some(range => isWithin(range, amount)) !== isNegated
  }
  return { column, test }
}

const isClosed = ({ isFromOpen, isToOpen }: Exclude<Range, 'unknown'>): boolean => !isFromOpen && !isToOpen
