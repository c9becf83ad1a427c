import type { MustRunResult } from '../limits/must-run-result.ts'
import { type Spending, stillRunning } from '../limits/spending.ts'
import type { UnpricedCalls } from '../limits/unpriced-tally.ts'
import type { ReplaySummary } from '../report.ts'
import { showCount, showUsd } from './show-number.ts'

/** Keys that must run but did not, each with what happened instead and the next step. */
export function showMustRun({ mustRun = {}, total, notRun }: ReplaySummary): string[] {
  return Object.entries(mustRun).flatMap(([key, result]) =>
    result.ran > 0 ? [] : [unreached(key, result, total - notRun)],
  )
}

function unreached(key: string, result: MustRunResult, total: number): string {
  const where = result.isShard ? 'this shard' : total === 1 ? 'the item' : `any of ${showCount(total)} items`
  const happened = (['served', 'drifted', 'overridden', 'missed'] as const).filter(each => result[each] > 0)
  const counts = happened.map(each => `${showCount(result[each])} ${each}`).join(', ')
  const shard = result.isShard ? ' Another shard may reach it: see runtape report.' : ''
  return `'${key}' must run, and did not in ${where}: ${counts === '' ? 'it was never called' : counts}. ${nextStep(result)}${shard}`
}

function nextStep({ served, drifted, overridden, missed, othersRan = [] }: MustRunResult): string {
  if (served + drifted > 0)
    return 'An answered call does not try the change: let it run, as --mock marked does for calls that are not declared mockOnReplay, or with a mock function.'
  if (overridden > 0) return 'Remove its override.'
  if (missed > 0) return 'Record it again, or let such calls run: --on-miss run.'
  const ran = othersRan.length > 0 ? ` These ran: ${othersRan.join(', ')}.` : ''
  return `Check the key, or choose traces that reach it (--where, --trace).${ran}`
}

/** Keys that had to run and did, in one line; empty without any. */
export function showReached({ mustRun = {}, total, notRun }: ReplaySummary): string[] {
  const reached = Object.entries(mustRun).filter(([, { ran }]) => ran > 0)
  if (reached.length === 0) return []
  const all = total - notRun
  const named = reached.map(
    ([key, { items }]) =>
      `${key} in ${showCount(items)} of ${showCount(all)} ${all === 1 ? 'item' : 'items'}`,
  )
  return [`must run, and did: ${named.join(', ')}`]
}

/** What the replay spent; empty without prices. */
export function showSpending(spending: Spending | undefined): string[] {
  if (!spending) return []
  const { nanoUsd, maxCostUsd, unpriced } = spending
  const of = maxCostUsd === undefined ? '' : ` of $${maxCostUsd}`
  const calls = unpriced.reduce((sum, { calls }) => sum + calls, 0)
  if (nanoUsd === 0 && calls === 0 && maxCostUsd === undefined) return []
  const which = unpriced.slice(0, 2).map(showUnpriced).join('; ')
  const without =
    calls === 0
      ? ''
      : `, and ${showCount(calls)} ${calls === 1 ? 'call' : 'calls'} of unknown cost (${which})`
  return [`spent by calls that ran: ${showUsd(nanoUsd)}${of}${without}`]
}

/** Why no more items were started; empty if nothing stopped the replay. */
export function showStop(spending: Spending | undefined): string[] {
  if (!spending?.stopped) return []
  const { stopped, nanoUsd, maxCostUsd, unpriced, running = 0, attemptsNotRun = 0 } = spending
  const beside = [
    running > 0 && `${showCount(running)} running ${running === 1 ? 'item was' : 'items were'} not stopped`,
    attemptsNotRun > 0 &&
      `${showCount(attemptsNotRun)} ${attemptsNotRun === 1 ? 'attempt was' : 'attempts were'} not made`,
  ].filter(each => each !== false)
  const more = beside.length > 0 ? `; ${beside.join(', ')}` : ''
  if (stopped === 'max-cost')
    return [`stopped by --max-cost: ${showUsd(nanoUsd)} of $${maxCostUsd} spent${more}`]
  const which = unpriced.slice(0, 3).map(showUnpriced).join('; ')
  const isRunning = unpriced.every(({ reason }) => reason === stillRunning)
  const next = isRunning ? 'Raise --timeout (itemTimeoutMs)' : 'Add its price (prices)'
  return [`stopped, because what was spent is unknown: ${which}${more}. ${next}, or pass --allow-unpriced.`]
}

/** A call without a price: `model (house-model): its model has no price`. */
export const showUnpriced = ({ key, model, reason, calls }: UnpricedCalls): string =>
  `${key}${model === undefined ? '' : ` (${model})`}${calls > 1 ? ` ×${showCount(calls)}` : ''}: ${reason}`
