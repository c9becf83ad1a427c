import type { JudgedItem } from './assess-item.ts'

const order = { failed: 0, unknown: 1, changed: 2, stopped: 3, same: 4 } as const

/** Sort order of items: those against the code first, failed ones among them first; then unknown, then changed. */
export const byWeight = (items: readonly JudgedItem[]): JudgedItem[] =>
  [...items].sort((a, b) => weightOf(a) - weightOf(b))

const weightOf = ({ status, problems }: JudgedItem): number =>
  order[status] + (problems.length > 0 ? 0 : Object.keys(order).length)
