import { removalMark } from '../store/changes.ts'
import type { Budget } from '../store/upkeep/budgets.ts'
import { budgetMark } from './entries.ts'

interface Marked {
  readonly position: string
  readonly gone: readonly string[]
}

/** The position of a list that is copied as a whole: marks of its names. `gone` are those that were copied before. */
export function listPosition(
  kind: 'view' | 'cohort' | 'budget',
  names: readonly string[],
  after: string | undefined,
): Marked {
  const marks = names.map(name => removalMark(kind, name))
  const there = new Set(marks)
  const gone = listed(after).filter(([mark = '']) => !there.has(mark))
  return { position: JSON.stringify(marks.map(mark => [mark])), gone: gone.map(([mark = '']) => mark) }
}

/** As `listPosition`, for budgets. `beforeOf` is the `budgetMark` of the budget of this name that was copied before. */
export function budgetPosition(
  budgets: readonly Budget[],
  after: string | undefined,
): Marked & { readonly beforeOf: (budget: Budget) => { readonly before?: string } } {
  const names = budgets.map(({ name }) => name)
  const before = new Map(listed(after).map(([mark = '', of = '']) => [mark, of]))
  const position = budgets.map(budget => [removalMark('budget', budget.name), budgetMark(budget)])
  return {
    position: JSON.stringify(position),
    gone: listPosition('budget', names, after).gone,
    beforeOf: ({ name }) => {
      const known = before.get(removalMark('budget', name))
      return known === undefined ? {} : { before: known }
    },
  }
}

const listed = (after: string | undefined): string[][] =>
  after === undefined ? [] : (JSON.parse(after) as string[][])
