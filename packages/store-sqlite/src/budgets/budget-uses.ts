import type { BudgetFilter } from '@runtape/core/store'
import { type BudgetUse, sumTooLarge } from '@runtape/core/store-helpers'
import { currentRevision } from '../history/revisions.ts'
import { readWhole, type Viewed } from '../reading/read-whole.ts'
import type { Reading } from '../reading/reading.ts'
import { RevisionView } from '../reading/revision-view.ts'
import type { Block, BlockSource } from '../rows/blocks.ts'
import { readBlocks } from '../rows/blocks.ts'
import { ReadTexts } from '../rows/earlier-runs.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { BudgetGroups, columnOfFilter } from './budget-groups.ts'
import type { BudgetUses, BudgetWindow } from './budget-window.ts'

const measured: readonly NumberColumn[] = ['total_tokens', 'cost_nano_usd', 'unpriced', 'unknown_usage']

/** Sums the runs of all windows in one pass over the columns. */
export async function readBudgetUses(
  { database, rows, slice }: Reading,
  windows: readonly BudgetWindow[],
): Promise<BudgetUses> {
  await rows.catchUp()
  const { segmentsAtOnce } = slice
  return readWhole(database, slice, () =>
    usesOf({ database, texts: new ReadTexts(rows.texts), segmentsAtOnce }, windows),
  )
}

function* usesOf(source: BlockSource, windows: readonly BudgetWindow[]): Viewed<BudgetUses> {
  const revision = currentRevision(source.database)
  const view = new RevisionView(source.database, revision)
  const groups = new BudgetGroups(windows, source.texts)
  const filtered = new Set(windows.flatMap(({ budget: { where = {} } }) => Object.keys(where)))
  const columns = [...filtered].map(field => columnOfFilter[field as keyof BudgetFilter])
  const since = windows.reduce((first, window) => Math.min(first, window.since), Infinity)
  if (windows.length > 0)
    for (const block of readBlocks(source, view, { columns: [...columns, ...measured], since }))
      if (block) addBlock(groups, block, columns)
      else yield
  return { view, answer: { uses: windows.map((window, at) => useOf(groups, window, at)), revision } }
}

function addBlock(groups: BudgetGroups, block: Block, columns: readonly NumberColumn[]): void {
  const times = block.column('first_at')
  const facts = new Map(columns.map(name => [name, block.column(name)]))
  const [tokens, cost] = [block.column('total_tokens'), block.column('cost_nano_usd')]
  const [unpriced, unknown] = [block.column('unpriced'), block.column('unknown_usage')]
  for (let place = 0; place < block.size; place++) {
    const at = times[place] as number
    if (Number.isNaN(at)) continue
    for (const group of groups.of(facts, place)) {
      const bucket = group.bucketAt(at)
      if (bucket < 0) continue
      const [spent, used] = [cost[place] as number, tokens[place] as number]
      plus(group.runs, bucket, 1)
      if (!Number.isNaN(spent)) {
        plus(group.nanoUsd, bucket, spent)
        plus(group.priced, bucket, 1)
      }
      if (!Number.isNaN(used)) {
        plus(group.tokens, bucket, used)
        plus(group.counted, bucket, 1)
      }
      if (unpriced[place] === 1) plus(group.unpriced, bucket, 1)
      if (unknown[place] === 1) plus(group.unknown, bucket, 1)
    }
  }
}

function plus(sums: Float64Array, at: number, value: number): void {
  ;(sums[at] as number) += value
}

/** @throws {RuntapeError} `sum-too-large` */
function useOf(groups: BudgetGroups, { budget, since }: BudgetWindow, at: number): BudgetUse {
  const group = groups.ofWindow(at)
  const from = group.bucketAt(since)
  const total = (values: Float64Array): number => values.subarray(from).reduce((sum, value) => sum + value, 0)
  const sums = {
    nanoUsd: total(group.priced) > 0 ? total(group.nanoUsd) : undefined,
    tokens: total(group.counted) > 0 ? total(group.tokens) : undefined,
    runs: total(group.runs),
  }
  const sum = sums[budget.measure]
  if (sum !== undefined && sum > Number.MAX_SAFE_INTEGER) throw sumTooLarge(budget.measure, `is about ${sum}`)
  return { sum, unpricedRuns: total(group.unpriced), unknownUsageRuns: total(group.unknown) }
}
