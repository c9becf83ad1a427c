import type { UsageDimension, UsageRow } from '@runtape/core/store'
import { compareGroups, usageDifference } from '@runtape/core/store-helpers'
import type { Sliced } from '../reading/in-slices.ts'
import { draftAt, rowsOfTable, type UsageTable } from './usage-table.ts'

/** A bill, and for adjustments the previous bill. */
export interface UsageAnswer {
  readonly bill: UsageTable
  readonly before?: UsageTable
}

/** The rows to return. */
export const rowsOfAnswer = ({ bill, before }: UsageAnswer): Sliced<UsageRow[]> =>
  before ? adjustments(before, bill) : rowsOfTable(bill)

/** The change of each group between two bills, whose rows are in the order of their groups. */
function* adjustments(before: UsageTable, after: UsageTable): Sliced<UsageRow[]> {
  const rows: UsageRow[] = []
  const groupBy = after.labels.map(({ dimension }) => dimension)
  for (let [then, now] = [0, 0]; then < before.size || now < after.size; ) {
    const old = then < before.size ? draftAt(before, then) : undefined
    const current = now < after.size ? draftAt(after, now) : undefined
    const order = old && current ? compare(old, current, groupBy) : old ? -1 : 1
    if (order <= 0) then++
    if (order >= 0) now++
    const row = usageDifference(order <= 0 ? old : undefined, order >= 0 ? current : undefined)
    if (row) rows.push(row)
    if ((then + now) % 32 === 0) yield
  }
  return rows
}

const compare = (a: UsageRow, b: UsageRow, groupBy: readonly UsageDimension[]): number =>
  compareGroups(a.group, b.group, groupBy)
