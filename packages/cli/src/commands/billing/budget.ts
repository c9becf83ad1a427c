import { RuntapeError } from '@runtape/core'
import type { Budget, BudgetFilter, BudgetState } from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { defaultStore, storeFlag, withStore } from '../../stores/open-store.ts'
import { print, printJson } from '../../terminal/print.ts'
import { type Columns, recordsAsCsv } from '../../terminal/records-as-csv.ts'
import { showCost, showCount, showText } from '../../terminal/show.ts'
import { table } from '../../terminal/table.ts'

export const command: Command = {
  name: 'budget',
  about:
    'Limits cost, tokens or runs of a customer, config or model in a window of time. It reports, and stops no run.',
  operands: 'set <name> | list | remove <name> | check',
  flags: {
    store: { ...storeFlag, about: `database path. Default: ${defaultStore}.` },
    cost: { value: 'dollars', about: 'set: limit of cost, such as 5 or 0.25' },
    tokens: { value: 'n', about: 'set: limit of tokens, input and output' },
    runs: { value: 'n', about: 'set: limit of runs' },
    window: { value: 'time', about: 'set: a rolling window (1h, 24h, 30d), or month for the calendar month' },
    customer: { value: 'key', about: 'set: only runs of this customer (context key)' },
    config: { value: 'key', about: 'set: only runs of this config' },
    model: { value: 'name', about: 'set: only runs of this model' },
    warn: { value: 'percent', multiple: true, about: 'set: also report at this share of the limit: 80%' },
    csv: { about: 'list: print CSV, with exact figures' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape budget set ann-daily --cost 5 --window 24h --customer ann --warn 80%',
    'runtape budget list',
    'runtape budget check || mail -s "over budget" team@example.com',
    'runtape budget remove ann-daily',
  ],
  words: {
    crossing: 'a level was reached; each crossing is reported once, by one of the processes that check',
    'exit code':
      'of check: 1 while a limit is reached, or may be because of runs without a price or with unknown usage; 0 otherwise',
  },
  run: async args => {
    const [action = 'list', ...names] = args.operands
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined
    if (!act) throw new Misuse(`There is no "budget ${action}". Use set, list, remove or check.`)
    if (args.has('csv') && act !== list) throw new Misuse('--csv is for runtape budget list.')
    return act(args, names)
  },
}

type Action = (args: Args, names: readonly string[]) => Promise<number>

const actions: Readonly<Record<string, Action>> = { set, list, remove, check }

async function set(args: Args, names: readonly string[]): Promise<number> {
  const budget = budgetOf(args, nameOf('set', names))
  return withStore(args, async store => {
    await asMisuse(() => store.budgets.put(budget))
    const [state] = await store.budgets.state({ name: budget.name })
    if (args.has('json')) printJson(state)
    else if (state) print(shown([state]))
    return 0
  })
}

function nameOf(action: string, [name, ...others]: readonly string[]): string {
  if (name !== undefined && others.length === 0) return name
  throw new Misuse(`"budget ${action}" needs one name, such as runtape budget ${action} ann-daily.`)
}

function budgetOf(args: Args, name: string): Budget {
  const window = args.text('window')
  if (window === undefined) throw new Misuse('--window is missing: 1h, 24h, 30d or month.')
  const where: BudgetFilter = {
    ...textAs('contextKey', args.text('customer')),
    ...textAs('configKey', args.text('config')),
    ...textAs('model', args.text('model')),
  }
  const warnAt = args.texts('warn').map(shareOf)
  return {
    name,
    ...limitOf(args),
    window,
    ...(Object.keys(where).length > 0 && { where }),
    ...(warnAt.length > 0 && { warnAt }),
  }
}

const textAs = (name: keyof BudgetFilter, value: string | undefined): BudgetFilter =>
  value === undefined ? {} : { [name]: value }

function limitOf(args: Args): Pick<Budget, 'measure' | 'limit'> {
  const cost = args.text('cost')
  const given: Pick<Budget, 'measure' | 'limit'>[] = [
    ...(cost === undefined ? [] : [{ measure: 'nanoUsd' as const, limit: nanoUsdOf(cost) }]),
    ...(['tokens', 'runs'] as const).flatMap(measure => {
      const limit = args.count(measure)
      return limit === undefined ? [] : [{ measure, limit }]
    }),
  ]
  const [first, ...others] = given
  if (first && others.length === 0) return first
  throw new Misuse('Pass one limit: --cost 5, --tokens 1000000 or --runs 200.')
}

/** Parses dollars exactly, without rounding. */
function nanoUsdOf(text: string): number {
  const [, whole, part = ''] = /^\$?(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text) ?? []
  const nanoUsd = whole === undefined ? 0 : Number(whole) * 1e9 + Number(part.padEnd(9, '0'))
  if (nanoUsd > 0) return nanoUsd
  throw new Misuse(`--cost must be dollars above 0, such as 5 or 0.25 (got "${text}").`)
}

function shareOf(text: string): number {
  const [, percent] = /^(\d{1,2}(?:\.\d+)?)%?$/.exec(text) ?? []
  if (percent !== undefined && Number(percent) > 0) return Number(percent) / 100
  throw new Misuse(`--warn must be a share below 100 %, such as 80% (got "${text}").`)
}

/** Reports an option that the store refuses as a usage error. */
async function asMisuse(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (RuntapeError.isInstance(error) && error.code === 'invalid-option') throw new Misuse(error.message)
    throw error
  }
}

function list(args: Args): Promise<number> {
  return withStore(args, async store => {
    const states = await store.budgets.state()
    if (args.has('json')) printJson(states)
    else if (args.has('csv')) print(recordsAsCsv(columns, states))
    else print(states.length === 0 ? 'No budgets. See "runtape budget --help".' : shown(states))
    return 0
  })
}

const columns: Columns<BudgetState> = {
  name: ({ budget }) => budget.name,
  contextKey: ({ budget }) => budget.where?.contextKey,
  configKey: ({ budget }) => budget.where?.configKey,
  model: ({ budget }) => budget.where?.model,
  window: ({ budget }) => budget.window,
  measure: ({ budget }) => budget.measure,
  limit: ({ budget }) => budget.limit,
  used: ({ used }) => used,
  left: ({ left }) => left,
  unpricedRuns: ({ unpricedRuns }) => unpricedRuns,
  unknownUsageRuns: ({ unknownUsageRuns }) => unknownUsageRuns,
}

async function remove(args: Args, names: readonly string[]): Promise<number> {
  const name = nameOf('remove', names)
  return withStore(args, async store => {
    const isRemoved = await store.budgets.remove(name)
    if (!isRemoved) throw new Misuse(`There is no budget "${name}". "runtape budget list" shows them.`)
    if (args.has('json')) printJson({ removed: name })
    else print(`${name} was removed.`)
    return 0
  })
}

function check(args: Args): Promise<number> {
  return withStore(args, async store => {
    const crossings = await store.budgets.check()
    const states = await store.budgets.state()
    const exceeded = states.filter(({ level }) => level === 1)
    const unknown = states.filter(({ level, left }) => level !== 1 && left === undefined)
    if (args.has('json')) printJson({ crossings, exceeded, unknown })
    else {
      for (const crossing of crossings) print(crossingShown(crossing))
      for (const state of unknown) print(unknownShown(state))
    }
    return exceeded.length + unknown.length > 0 ? 1 : 0
  })
}

function crossingShown(state: BudgetState & { readonly level: number }): string {
  const { budget, level } = state
  const what = level === 1 ? 'has reached its limit' : `has reached ${percent(level)}`
  return `${showText(budget.name, 60)} ${what}: ${usedOf(state)} of ${amount(budget, budget.limit)} in ${windowOf(budget)}.`
}

const unknownShown = (state: BudgetState): string =>
  `${showText(state.budget.name, 60)} may be exceeded: ${usedOf(state)} of ${amount(state.budget, state.budget.limit)} in ${windowOf(state.budget)}.`

function shown(states: readonly BudgetState[]): string {
  const rows = states.map(state => [
    showText(state.budget.name, 40),
    showText(Object.values(state.budget.where ?? {}).join(', '), 40) || 'all',
    state.budget.window,
    amount(state.budget, state.budget.limit),
    usedOf(state),
    usedShare(state),
  ])
  return table(['budget', 'of', 'window', 'limit', 'used', 'share'], rows)
}

function usedShare({ budget, used, left }: BudgetState): string {
  if (used === undefined) return 'unknown'
  return `${left === undefined ? 'at least ' : ''}${percent(used / budget.limit)}`
}

const percent = (share: number): string => `${Math.floor(share * 1000 + 1e-6) / 10} %`

const windowOf = ({ window }: Budget): string => (window === 'month' ? 'this month' : `the last ${window}`)

function usedOf({ budget, used, unpricedRuns, unknownUsageRuns }: BudgetState): string {
  const unknown = [
    ...(unpricedRuns > 0 ? [`${showCount(unpricedRuns)} without a price`] : []),
    ...(unknownUsageRuns > 0 ? [`${showCount(unknownUsageRuns)} of unknown usage`] : []),
  ]
  const known = used === undefined ? 'unknown' : amount(budget, used)
  return unknown.length === 0 ? known : `${known} (${unknown.join(', ')})`
}

const amount = ({ measure }: Budget, value: number): string =>
  measure === 'nanoUsd' ? showCost({ nanoUsd: value, unpricedRuns: 0 }) : `${showCount(value)} ${measure}`
