import type { Condition, Range } from './conditions.ts'
import type { Pattern } from './filter.ts'

/** Facts about a run or a trace, by field; `undefined` is unknown. */
export interface Facts {
  texts(field: string): readonly string[]
  amount(field: string): number | undefined
  /** Whether this text occurs in any text of the run or trace. */
  has(text: string): boolean
}

/** Whether all conditions hold. A comparison with an unknown amount does not hold; negated, it does. */
export const matches = (conditions: readonly Condition[], facts: Facts): boolean =>
  conditions.every(condition => holds(condition, facts) !== condition.isNegated)

function holds(condition: Condition, facts: Facts): boolean {
  if (condition.kind === 'search') return facts.has(condition.text)
  if (condition.kind === 'matches') {
    const texts = facts.texts(condition.field)
    return condition.patterns.some(pattern => texts.some(text => matchesPattern(pattern, text)))
  }
  const amount = facts.amount(condition.field)
  return condition.ranges.some(range => isWithin(range, amount))
}

/** Whether the whole text matches the pattern. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const [first = '', ...rest] = pattern
  if (rest.length === 0) return text === first
  const last = rest.pop() ?? ''
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}

/** Whether an amount, `undefined` if it is unknown, is in the range. */
export function isWithin(range: Range, amount: number | undefined): boolean {
  if (range === 'unknown' || amount === undefined) return range === 'unknown' && amount === undefined
  const { from, to, isFromOpen, isToOpen } = range
  if (from !== undefined && (isFromOpen ? amount <= from : amount < from)) return false
  return to === undefined || (isToOpen ? amount < to : amount <= to)
}
