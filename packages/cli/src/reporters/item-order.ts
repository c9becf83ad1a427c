import type { JudgedItem } from '@runtape/replay/report'

const order = { failed: 0, unknown: 1, changed: 2, stopped: 3, same: 4 } as const

/** What a reader looks for first: what failed, then what speaks against the code, what is not known, what changed. */
export const byWeight = (items: readonly JudgedItem[]): JudgedItem[] =>
  [...items].sort((a, b) => weightOf(a) - weightOf(b))

const weightOf = ({ status, problems }: JudgedItem): number =>
  order[status] + (problems.length > 0 ? 0 : Object.keys(order).length)
