import type { JudgedItem } from './assess-item.ts'

const order = { failed: 0, unknown: 1, changed: 2, stopped: 3, same: 4 } as const

/** What a reader looks for first: what speaks against the code, and of that what failed; then what is not known, what changed. */
export const byWeight = (items: readonly JudgedItem[]): JudgedItem[] =>
  [...items].sort((a, b) => weightOf(a) - weightOf(b))

const weightOf = ({ status, problems }: JudgedItem): number =>
  order[status] + (problems.length > 0 ? 0 : Object.keys(order).length)
