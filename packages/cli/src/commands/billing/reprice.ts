import type { PriceList } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import type { Command } from '../../arguments/command.ts'
import { timeFlags, timesOf } from '../../arguments/conditions.ts'
import { genaiPrices } from '../../pricing/prices.ts'
import { repriceRun } from '../../pricing/reprice-run.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { print } from '../../terminal/print.ts'
import { showCount, showText } from '../../terminal/show.ts'
import { dim } from '../../terminal/style.ts'

export const command: Command = {
  name: 'reprice',
  about:
    "Adds today's public list prices (@pydantic/genai-prices) to runs without a price. Existing prices stay; each addition is an adjustment of the bill.",
  flags: {
    store: storeFlag,
    ...timeFlags,
    'dry-run': { about: 'show what would be priced, change nothing' },
  },
  examples: [
    'runtape reprice --since 30d --dry-run',
    'runtape reprice --since 2026-01-01 --until 2026-02-01',
  ],
  run: args =>
    withStore(args, async store => {
      const prices = await genaiPrices()
      const counts = await reprice(store, prices, timesOf(args), args.has('dry-run'))
      print(shown(counts, prices, args.has('dry-run')))
      return 0
    }),
}

interface Counts {
  priced: number
  unpriced: number
  readonly models: Map<string, number>
}

async function reprice(
  store: Store,
  prices: PriceList,
  times: ReturnType<typeof timesOf>,
  isDry: boolean,
): Promise<Counts> {
  const counts: Counts = { priced: 0, unpriced: 0, models: new Map() }
  for (let cursor: string | undefined; ; ) {
    const page = await store.runs.list({ ...times, limit: 200, ...(cursor !== undefined && { cursor }) })
    for (const run of page.items) {
      const repriced = repriceRun(run, prices)
      if (repriced === undefined) continue
      if (repriced.unknownModels.length === 0) counts.priced++
      else counts.unpriced++
      for (const model of new Set(repriced.unknownModels))
        counts.models.set(model, (counts.models.get(model) ?? 0) + 1)
      if (!isDry && repriced.unknownModels.length === 0) await store.append(repriced.events)
    }
    cursor = page.nextCursor
    if (cursor === undefined) return counts
  }
}

function shown({ priced, unpriced, models }: Counts, prices: PriceList, isDry: boolean): string {
  if (priced + unpriced === 0) return 'Every run with known usage has a price.'
  const runs = (count: number) => `${showCount(count)} ${count === 1 ? 'run' : 'runs'}`
  const did = `${runs(priced)} ${isDry ? 'would be priced' : 'priced'} by ${prices.version}.`
  if (unpriced === 0) return did
  const names = [...models].map(([model, count]) => `${showText(model, 60) || '(no model)'}: ${runs(count)}`)
  return `${did}\n${runs(unpriced)} still without a price:\n${names.map(name => dim(`  ${name}`)).join('\n')}`
}
