import type { OutsideCall, OutsideMode, OutsideRule } from '@runtape/replay'
import { OutsideLog, tellChildren, watchOutside } from '@runtape/replay/outside'
import { patchTimers } from '@runtape/replay/process'
import type { Args } from '../arguments/args.ts'

/** The command's process, which belongs to the replay. */
export interface OwnProcess {
  readonly outside: OutsideRule
  /** Call after the application is loaded: from then on the replay itself counts the calls outside its traces. */
  loaded(): void
  /** All calls outside of items until now, including those made while the application was loaded. */
  calls(): readonly OutsideCall[]
  /** Adds calls found in an item's process. */
  addElsewhere(calls: readonly OutsideCall[]): void
}

/** The value of `--outside`. */
export const outsideMode = (args: Args) => args.oneOf('outside', ['refuse', 'allow'])

/**
 * From now on nothing outside the replayed traces runs, until the process ends. Call it before the application is loaded, which
 * may start workers and make calls that must not happen in a replay.
 */
export function ownProcess(mode: Exclude<OutsideMode, 'warn'> = 'refuse'): OwnProcess {
  // So that `const sleep = promisify(setTimeout)` in an application module also follows the item's time.
  patchTimers()
  const told = tellChildren(mode, true)
  told.begin()
  const found: OutsideCall[] = []
  const whileLoading = new OutsideLog()
  const all = new OutsideLog()
  let isLoading = true
  // Never ended: a late job that runs while the reports are written is not live traffic either.
  watchOutside({
    mode,
    concerns: () => true,
    count: (call, refused) => {
      all.add(call, refused)
      if (isLoading) whileLoading.add(call, refused)
    },
  })
  return {
    outside: { mode, elsewhere: () => [...whileLoading.calls(), ...told.calls(), ...found] },
    loaded: () => {
      isLoading = false
    },
    calls: () => [...all.calls(), ...told.calls(), ...found],
    addElsewhere: calls => void found.push(...calls),
  }
}
