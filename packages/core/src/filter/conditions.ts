import { RuntapeError } from '../errors.ts'
import { pointInTime } from '../store/point-in-time.ts'
import { type Field, fieldNamed, fields } from './fields.ts'
import { type FieldTerm, type Filter, isText, type Pattern, type Term } from './filter.ts'
import { formatTerm } from './format-filter.ts'
import { parseTerms } from './parse-filter.ts'
import { amountExample, readAmount } from './read-amount.ts'

/** A filter with checked fields and values, which stores apply. All conditions must hold. */
export type Condition = (
  | { readonly kind: 'search'; readonly text: string }
  | { readonly kind: 'matches'; readonly field: string; readonly patterns: readonly Pattern[] }
  | { readonly kind: 'within'; readonly field: string; readonly ranges: readonly Range[] }
) & { readonly isNegated: boolean }

/**
 * A range of amounts in stored units: billionths of a dollar, tokens, milliseconds, or milliseconds since the Unix epoch.
 * `'unknown'` is an unknown amount.
 */
export type Range =
  | 'unknown'
  | {
      readonly from?: number
      readonly to?: number
      /** Whether the bound is excluded. Default: included. */
      readonly isFromOpen?: boolean
      readonly isToOpen?: boolean
    }

export interface ConditionOptions {
  /** Parses a point in time as milliseconds since the Unix epoch; throws for other text. */
  readonly time: (name: string, text: string) => number
}

/**
 * Checks a filter and reads its values.
 *
 * @throws {RuntapeError} `invalid-option` for an unknown field, or a value that the field cannot have
 */
export const conditionsOf = (filter: Filter, options: ConditionOptions): readonly Condition[] =>
  filter.map(term => checkedTerm(term, options))

function checkedTerm(term: Term, options: ConditionOptions): Condition {
  if (isText(term)) return { kind: 'search', text: term.text, isNegated: term.isNegated }
  return { ...conditionOf(term, options), isNegated: term.isNegated }
}

/**
 * Parses and checks a filter. Dates without a zone are in UTC.
 *
 * @throws {RuntapeError} `invalid-option` with the position of the problem
 *
 * @example
 * ```ts
 * import { readFilter } from '@runtape/core/filter'
 *
 * console.log(readFilter('cost>0.02').length) // 1
 * ```
 */
export const readFilter = (text: string, { time = pointInTime }: Partial<ConditionOptions> = {}) =>
  parseTerms(text).map(({ term, character }): Condition => {
    try {
      return checkedTerm(term, { time })
    } catch (error) {
      if (!RuntapeError.isInstance(error)) throw error
      const message = `The filter cannot be applied at character ${character}: ${error.message}`
      throw new RuntapeError('invalid-option', message, { cause: error })
    }
  })

type FieldCondition =
  | Omit<Extract<Condition, { kind: 'matches' }>, 'isNegated'>
  | Omit<Extract<Condition, { kind: 'within' }>, 'isNegated'>

function conditionOf(term: FieldTerm, { time }: ConditionOptions): FieldCondition {
  const { field, test } = term
  const known = fieldNamed(field)
  if (!known) throw new RuntapeError('invalid-option', `There is no field ${field}.${nearest(field)}`)
  if (known.kind === 'time') return { kind: 'within', field: 'time', ranges: [timeRange(term, time)] }
  if (known.kind === 'word' || known.kind === 'text') {
    if (test.operator !== ':') throw wrong(term, 'is a string: write it with ":"')
    return { kind: 'matches', field, patterns: test.items.map(item => checkedWord(term, known, item)) }
  }
  return { kind: 'within', field, ranges: rangesOf(term, known.kind) }
}

function checkedWord(term: FieldTerm, { words }: Field, pattern: Pattern): Pattern {
  if (words === undefined || (pattern.length === 1 && words.includes(pattern[0] ?? ''))) return pattern
  throw wrong(term, `must be one of ${words.join(', ')}`)
}

function timeRange(term: FieldTerm, time: ConditionOptions['time']): Range {
  const { field, test } = term
  const [text, ...more] = test.operator === ':' && test.items.length === 1 ? (test.items[0] ?? []) : []
  if (text === undefined || more.length > 0) throw wrong(term, 'must be one point in time: 7d, 2026-01-31')
  const at = time(field, text)
  return field === 'since' ? { from: at } : { to: at, isToOpen: true }
}

type Amounts = Parameters<typeof readAmount>[0]

function rangesOf(term: FieldTerm, kind: Amounts): readonly Range[] {
  const { test } = term
  const read = (text: string): number => {
    const amount = readAmount(kind, text)
    if (amount === undefined) throw wrong(term, `must be ${amountExample(kind)}`)
    return amount
  }
  if (test.operator === '..') return [{ from: read(test.from), to: read(test.to) }]
  if (test.operator !== ':') return [comparison(test.operator, read(test.bound))]
  return test.items.map(item => {
    if (item.length === 1 && item[0] === 'unknown') return 'unknown'
    const amount = read(item.length === 1 ? (item[0] ?? '') : '*')
    return { from: amount, to: amount }
  })
}

function comparison(operator: '>' | '<' | '>=' | '<=', bound: number): Range {
  if (operator === '>') return { from: bound, isFromOpen: true }
  if (operator === '>=') return { from: bound }
  return operator === '<' ? { to: bound, isToOpen: true } : { to: bound }
}

const wrong = (term: FieldTerm, expected: string): RuntapeError =>
  new RuntapeError('invalid-option', `${formatTerm(term)} cannot be applied: ${term.field} ${expected}.`)

function nearest(name: string): string {
  const names = Object.keys(fields)
  const close = names.find(field => field.startsWith(name) || name.startsWith(field))
  return close === undefined
    ? ` Fields: ${names.join(', ')}, context.<attribute>, score.<name>.`
    : ` Do you mean ${close}?`
}
