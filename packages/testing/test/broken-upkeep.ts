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

/** A store that never forgets that runs were removed. */
function refusesForEver(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const erase: Store['erase'] = async (...args) => {
    const receipt = await store.erase(...args)
    for (const [index, runs] of tape.removed.entries()) tape.removed[index] = { ...runs, to: Infinity }
    return receipt
  }
  return { ...store, erase }
}

/** A store that returns past bills without the removed runs. */
function billsWithoutRemoved(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const erase: Store['erase'] = async (...args) => {
    const receipt = await store.erase(...args)
    tape.removed.length = 0
    return receipt
  }
  return { ...store, erase }
}

/** Stores with a defect in `health`, `budgets` or removals. */
export const brokenKeeping: readonly BrokenStore[] = [
  {
    does: 'refuses every bill as of a revision once a run was erased',
    open: refusesForEver,
    breaks: ['prune, erase: usage and facets as of a revision or a time after the removal are those of now'],
  },
  {
    does: 'returns past bills without erased runs',
    open: billsWithoutRemoved,
    breaks: ['prune, erase: usage as of a revision is refused if it covers removed records, else unchanged'],
  },
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
