import { RuntapeError } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { dryRun, type ReplayOptions } from '@runtape/replay'
import { headOf, showValue } from '@runtape/replay/report'
import type { Args } from '../../arguments/args.ts'
import { genaiPrices } from '../../pricing/prices.ts'
import { shownDryRun } from '../../terminal/dry-run.ts'
import { print, printJson } from '../../terminal/print.ts'

/** `runtape replay --dry-run`: prints what the replay would do, and does nothing. */
export async function printDryRun(
  key: string,
  options: Omit<ReplayOptions, 'store'>,
  store: Store,
  args: Args,
): Promise<void> {
  // Also without --prices. A project may not have them installed.
  const prices = options.prices ?? (await genaiPrices().catch(() => undefined))
  const baseline = args.text('baseline') === undefined ? {} : { baseline: { replayItem: refuse } }
  const found = await dryRun(key, { ...options, ...baseline, store, ...(prices && { prices }) })
  const { maxCostUsd } = options
  if (!args.has('json'))
    return print(shownDryRun(found, { key, hasPrices: prices !== undefined, maxCostUsd }))
  // Values that JSON lacks are shown as in reports.
  const items = found.items.map(item => ({
    ...item,
    input: item.input.map(value => headOf(showValue(value), 2000)),
  }))
  printJson({ key, hasPrices: prices !== undefined, ...found, items })
}

const refuse = (): never => {
  throw new RuntapeError('invalid-option', 'A dry run replays nothing.')
}
