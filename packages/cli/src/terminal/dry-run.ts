import type { DryRun, DryRunKey, PredictedCost, PredictedItem } from '@runtape/replay'
import { headOf, showUnpriced, showValue } from '@runtape/replay/report'
import { showCost, showCount, showText, showTime, showTokens } from './show.ts'
import { dim } from './style.ts'

const mostItems = 20
const mostReasons = 5

interface ShownOf {
  readonly key: string
  readonly hasPrices: boolean
  readonly maxCostUsd?: number | undefined
}

/** The prediction as text: the traces, then all calls by key, then the cost. */
export function shownDryRun(found: DryRun, of: ShownOf): string {
  const { traces, times, items, keys, cost } = found
  const each = times === 1 ? '' : `, ${showCount(times)} times each`
  const head = `${counted(traces, 'trace')} of ${showText(of.key, 200)} would be replayed${each}. Nothing was run.`
  const hidden = items.length - mostItems
  return [
    head,
    [
      ...items.slice(0, mostItems).map(item => itemText(item, of)),
      ...(hidden > 0 ? [dim(`… and ${counted(hidden, 'more trace')}: --json lists them all.`)] : []),
    ].join('\n'),
    ...(keys.length > 0
      ? [['By key, if the code makes the recorded calls:', ...keys.flatMap(keyLines)].join('\n')]
      : []),
    costLines(cost, of).join('\n'),
  ].join('\n\n')
}

/** The calls that replays would miss, by key. */
export function shownMisses({ keys }: DryRun): string[] {
  return keys
    .filter(({ missed }) => missed > 0)
    .flatMap(({ key, calls, missed, reasons }) => [
      `  ${showText(key, 200)}: ${showCount(missed)} of ${showCount(calls)}`,
      ...reasonLines(reasons),
    ])
}

export const counted = (count: number, noun: string): string =>
  `${showCount(count)} ${noun}${count === 1 ? '' : 's'}`

function itemText(
  { sourceTraceId, startedAt, input, error, calls, cost }: PredictedItem,
  of: ShownOf,
): string {
  const given = input.map(value => showValue(value).replaceAll(/\s+/g, ' ')).join(', ')
  const at = startedAt === undefined ? '' : dim(`  ${showTime(startedAt)}`)
  const head = `${showText(sourceTraceId, 200)}${at}  ${showText(headOf(given, 200), 60)}`.trimEnd()
  if (error !== undefined) return `${head}\n  fails: ${showText(error, 300)}`
  const counts = countsOf(calls.map(({ what }) => what))
  const price = cost.calls > 0 && of.hasPrices ? `; ${priceOf(cost)}` : ''
  return `${head}\n  ${counts === '' ? 'no calls' : counts}${price}`
}

const kinds = ['served', 'overridden', 'run', 'missed'] as const

function countsOf(whats: readonly (typeof kinds)[number][]): string {
  const parts = kinds.map(kind => [kind, whats.filter(what => what === kind).length] as const)
  return parts.flatMap(([kind, count]) => (count > 0 ? [`${showCount(count)} ${kind}`] : [])).join(', ')
}

function keyLines(each: DryRunKey): string[] {
  const counts = kinds.flatMap(kind => (each[kind] > 0 ? [`${showCount(each[kind])} ${kind}`] : []))
  const rules = Object.keys(each.rules)
  const shown = rules.length > 3 ? [...rules.slice(0, 3), '…'] : rules
  return [
    `  ${showText(each.key, 100)}: ${counts.join(', ')}  ${dim(`(${showText(shown.join('; '), 200)})`)}`,
    ...reasonLines(each.reasons),
  ]
}

function reasonLines(reasons: Readonly<Record<string, number>>): string[] {
  const all = Object.entries(reasons).map(
    ([reason, count]) => `    ${showCount(count)} × ${showText(reason, 300)}`,
  )
  const hidden = all.length - mostReasons
  return hidden > 0 ? [...all.slice(0, mostReasons), `    … and ${counted(hidden, 'more reason')}`] : all
}

function costLines(cost: PredictedCost, { hasPrices, maxCostUsd }: ShownOf): string[] {
  const { calls, tokens, unpriced, nanoUsd } = cost
  if (calls === 0) return ['Cost: no recorded model call would run.']
  const used = tokens ? `, recorded with ${showTokens(tokens)} tokens` : ''
  if (!hasPrices)
    return [
      `Cost: unknown, because there are no prices; ${counted(calls, 'model call')} would run${used}.`,
      'For prices: npm install @runtape/recorder @pydantic/genai-prices',
    ]
  const limit = maxCostUsd !== undefined && nanoUsd >= maxCostUsd * 1e9
  return [
    `Cost: ${priceOf(cost)} for ${counted(calls, 'model call')}${used}, by the prices of today.`,
    ...unpriced.slice(0, mostReasons).map(each => `  not in it: ${showText(showUnpriced(each), 300)}`),
    ...(unpriced.length > mostReasons
      ? [`  … and ${counted(unpriced.length - mostReasons, 'more key')}`]
      : []),
    ...(limit ? [`This is more than --max-cost ${maxCostUsd}: some traces would not be replayed.`] : []),
  ]
}

/** A price that says whether it is incomplete. */
function priceOf({ nanoUsd, calls, unpriced }: PredictedCost): string {
  const without = unpriced.reduce((sum, { calls }) => sum + calls, 0)
  if (without === calls) return 'an unknown amount'
  const price = `about ${showCost({ nanoUsd, unpricedRuns: 0 })}`
  return without === 0 ? price : `${price} and an unknown amount`
}
