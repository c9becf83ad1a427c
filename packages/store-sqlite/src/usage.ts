import type { UsageDimension, UsageQuery } from '@runtape/core/store'
import { type Checked, timeLabels } from '@runtape/core/store-helpers'
import { matchingRuns, withParts } from './filtering/matching-runs.ts'
import { namedRuns } from './filtering/named-runs.ts'
import { type OfReviews, reviewedRuns } from './filtering/reviewed-runs.ts'
import { filtersOf, runsOfBlock } from './filtering/run-filters.ts'
import type { Sliced } from './reading/in-slices.ts'
import type { RevisionView } from './reading/revision-view.ts'
import { type BlockSource, readBlocks } from './rows/blocks.ts'
import type { QuarterSums } from './rows/segment-sums.ts'
import { coderOf, timeDimensions } from './usage/coders.ts'
import { Groups } from './usage/groups.ts'
import { distributionColumns, Totals, totalColumns } from './usage/totals.ts'
import type { UsageTable } from './usage/usage-table.ts'

/**
 * The bill as of a revision: one row per group, in the order of the groups.
 *
 * @throws {RuntapeError} `sum-too-large`
 */
export function* selectUsage(
  source: BlockSource,
  query: Checked<UsageQuery> & OfReviews,
  view: RevisionView,
): Sliced<UsageTable> {
  const groupBy = [...new Set(query.groupBy ?? [])]
  const labels = timeLabels(query.timeZone, query.bucketMs)
  const groups = new Groups(
    groupBy.map(dimension => coderOf(dimension, source.texts, labels, query.timeZone)),
  )
  const totals = new Totals(groups, groupBy.includes('model'))
  const filters = filtersOf(query, source.texts)
  const others = matchingRuns(source.database, query, view.revision)
  const named =
    query.reviewed === undefined
      ? namedRuns(query)
      : yield* reviewedRuns(source.database, query.reviewed, namedRuns(query), view.revision)
  const { since, until } = query
  const columns = [...totalColumns, ...groups.columns, ...filters.map(({ column }) => column)]
  const isOfAll = filters.length === 0 && named === undefined && others === undefined
  const takeSums = isOfAll && groupBy.every(isOfTime) ? summing(groups, totals) : undefined
  const blocks = { columns, since, until, named, takeSums, summedColumns: distributionColumns }
  for (const block of readBlocks(source, view, blocks)) {
    if (block === undefined) yield
    else if (others === undefined) totals.add(block, runsOfBlock(block, query, filters))
    else {
      // Another read may use the same marks during a pause.
      const isWanted = runsOfBlock(block, query, filters).slice(0, block.size)
      const whole = withParts(block, isWanted)
      yield* others.keepIn(block, isWanted)
      totals.add(whole, isWanted)
    }
  }
  return yield* totals.table(query)
}

const isOfTime = (dimension: UsageDimension): boolean => timeDimensions.has(dimension)

/** Adds the sums of segments if each quarter of an hour belongs to one group. */
const summing =
  (groups: Groups, totals: Totals) =>
  (sums: readonly QuarterSums[]): boolean => {
    const of = sums.map(each => [each, groups.ofQuarter(each.quarter)] as const)
    if (of.some(([, group]) => group === undefined)) return false
    for (const [each, group = 0] of of) totals.addSummed(each, group)
    return true
  }
