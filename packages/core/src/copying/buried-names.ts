import { type Condition, readFilter } from '../filter/index.ts'
import { tombstoneOf } from '../runs/erased-run.ts'
import type { Budget } from '../store/upkeep/budgets.ts'

/** The tombstone of all contexts with a key: a filter of a view or a budget need not name the kind. */
export const keyTombstone = (key: string): string => tombstoneOf('context-key', key)

/** The names of all tombstones that may cover a view with this filter, as `namesErased` reads it. */
export function tombstonesOfView(filter: string): string[] {
  try {
    return readFilter(filter).flatMap(namesOf)
  } catch {
    // Only another version of Runtape can read it.
    return []
  }
}

const names: Readonly<Record<string, (id: string) => string>> = {
  run: id => tombstoneOf('run', id),
  trace: id => tombstoneOf('trace', id),
  session: id => tombstoneOf('session', id),
  user: keyTombstone,
  'context.key': keyTombstone,
}

const inText = ['run', 'trace', 'session', 'user'] as const

function namesOf(condition: Condition): string[] {
  if (condition.kind === 'search') return inText.map(field => names[field]?.(condition.text) ?? '')
  const nameOf = names[condition.field]
  if (condition.kind !== 'matches' || nameOf === undefined) return []
  return condition.patterns.flat().map(nameOf)
}

/** The name of the tombstone that covers a budget; `undefined` if it is not for one customer. */
export function tombstoneOfBudget({ where }: Budget): string | undefined {
  const { contextKind, contextKey } = where ?? {}
  if (contextKey === undefined) return undefined
  return contextKind === undefined
    ? keyTombstone(contextKey)
    : tombstoneOf('context', contextKind, contextKey)
}

/** Whether something from this time belongs to what was removed. */
export const isFromBefore = (until: number | null | undefined, at: number): boolean =>
  until === null || (until ?? -Infinity) >= at
