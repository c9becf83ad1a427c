import type { Store } from '@runtape/core/store'
import { newTape } from '../src/memory/traces/tape.ts'
import { memoryStore, storeOnTape } from '../src/memory-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** A store that reports a crossing at every check. */
function tellsAgain(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const check: Store['budgets']['check'] = async () => {
    tape.budgets.reached.clear()
    return store.budgets.check()
  }
  return { ...store, budgets: { ...store.budgets, check } }
}

/** A store that counts unknown use as zero. */
function takesUnknownForZero(): Store {
  const store = memoryStore()
  const state: Store['budgets']['state'] = async query =>
    (await store.budgets.state(query)).map(each => ({ used: 0, ...each }))
  return { ...store, budgets: { ...store.budgets, state } }
}

/** A store that forgets which conflicts it has counted. */
function countsConflictsAgain(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const append: Store['append'] = async records => {
    tape.health.conflicts.clear()
    return store.append(records)
  }
  return { ...store, append }
}

/** A store that sums reports, although they are cumulative. */
function addsReports(): Store {
  const store = memoryStore()
  let reports = 0
  const report: Store['health']['report'] = given =>
    store.health.report({ ...given, reporter: `${given.reporter} ${reports++}` })
  return { ...store, health: { ...store.health, report } }
}

function keepsErasedSamples(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const erase: Store['erase'] = async (...args) => {
    const samples = [...tape.health.samples]
    const receipt = await store.erase(...args)
    tape.health.samples = samples
    return receipt
  }
  return { ...store, erase }
}

/** Stores with a defect in `health` or `budgets`. */
export const brokenKeeping: readonly BrokenStore[] = [
  {
    does: 'tells a crossing of a budget again',
    open: tellsAgain,
    breaks: [
      'budgets: a crossing is reported once, and again after the use has been below',
      'budgets: a new filter or window starts again',
    ],
  },
  {
    does: 'takes unknown use of a budget for zero',
    open: takesUnknownForZero,
    breaks: ['budgets: unknown use is reported separately, never as zero'],
  },
  {
    does: 'counts a conflict that is sent again',
    open: countsConflictsAgain,
    breaks: ['health: a conflict is counted once, with both values, however often it is sent'],
  },
  {
    does: 'counts a report that is sent again',
    open: addsReports,
    breaks: ['health: a report counts once, however often it is sent, and those of several add up'],
  },
  {
    does: 'keeps samples of erased runs',
    open: keepsErasedSamples,
    breaks: ['health: erase removes samples and keeps counts; late reports of erased runs have none'],
  },
]
