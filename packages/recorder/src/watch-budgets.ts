import { consoleLogger, type Logger, RuntapeError } from '@runtape/core'
import { messageOf, realTimers, warnSafely } from '@runtape/core/internal'
import type { BudgetCrossing, Store } from '@runtape/core/store'

export interface WatchBudgetsOptions {
  /** Time between two checks in milliseconds. Default: 60,000. */
  readonly everyMs?: number
  /** Receives the warnings. Default: the console. */
  readonly logger?: Logger
}

const longestMs = 2 ** 31 - 1

/**
 * Calls `onCrossing` for each budget level that was reached since the last check. If several processes watch, each crossing
 * reaches one of them. If that process ends before `onCrossing` was called, the crossing is only in
 * `store.budgets.crossings()`. The use lacks runs without a price: `store.budgets.state()` counts them.
 *
 * It reports after the fact and stops no run. It never throws into the application and does not keep the process alive. A
 * failing check or callback is warned about once, and the next check tries again.
 *
 * @returns a function that stops watching; it resolves when a running check has ended
 * @throws {RuntapeError} `invalid-option` if the store has no budgets, or `everyMs` is not a number above 0
 *
 * @example
 * ```ts
 * import { watchBudgets } from '@runtape/recorder'
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const store = sqliteStore('runtape.db')
 * await store.budgets.put({ name: 'ann', measure: 'nanoUsd', limit: 5e9, window: '24h', where: { contextKey: 'ann' } })
 * const stop = watchBudgets(store, ({ budget, level }) => console.log(`${budget.name} has used ${level * 100} %`))
 * ```
 */
export function watchBudgets(
  store: Pick<Store, 'budgets'>,
  onCrossing: (crossing: BudgetCrossing) => unknown,
  { everyMs = 60_000, logger = consoleLogger }: WatchBudgetsOptions = {},
): () => Promise<void> {
  if (typeof store?.budgets?.check !== 'function')
    throw invalid('watchBudgets needs a store with budgets. Pass sqliteStore("runtape.db").')
  if (!(everyMs > 0 && everyMs <= longestMs))
    throw invalid(`everyMs must be a number of milliseconds above 0, at most ${longestMs} (got ${everyMs}).`)
  let running: Promise<void> | undefined
  let isStopped = false
  const warned = new Set<string>()
  const warn = (message: string) => {
    if (warned.has(message)) return
    warned.add(message)
    warnSafely(logger, message)
  }
  const look = async () => {
    try {
      for (const crossing of await store.budgets.check()) await tell(onCrossing, crossing, warn)
    } catch (error) {
      if (!isStopped) warn(`Budgets could not be checked: ${messageOf(error)}`)
    }
  }
  // A check that takes longer than the interval is not started a second time.
  const start = () => {
    running ??= look().finally(() => {
      running = undefined
    })
  }
  const timer = realTimers.setInterval(start, everyMs)
  timer.unref()
  return async () => {
    isStopped = true
    realTimers.clearInterval(timer)
    await running
  }
}

async function tell(
  onCrossing: (crossing: BudgetCrossing) => unknown,
  crossing: BudgetCrossing,
  warn: (message: string) => void,
): Promise<void> {
  try {
    await onCrossing(crossing)
  } catch (error) {
    warn(`The callback of watchBudgets failed: ${messageOf(error)}`)
  }
}

const invalid = (message: string): RuntapeError => new RuntapeError('invalid-option', message)
