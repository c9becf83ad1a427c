import type { OutsideCall, OutsideMode, OutsideRule } from '@runtape/replay'
import { OutsideLog, tellChildren, watchOutside } from '@runtape/replay/outside'
import { patchTimers } from '@runtape/replay/process'
import type { Args } from '../arguments/args.ts'

/** The process of the command, which belongs to the replay. */
export interface OwnProcess {
  readonly outside: OutsideRule
  /** The application is loaded: from now on the replay itself counts the calls outside of its traces. */
  loaded(): void
  /** Adds what was found in the process of an item. */
  addElsewhere(calls: readonly OutsideCall[]): void
}

/** As `--outside` says. */
export const outsideMode = (args: Args) => args.oneOf('outside', ['refuse', 'allow'])

/**
 * From now on nothing outside of the replayed traces runs, until the process ends. To be called before the application is
 * loaded, which may start its workers then, and call what it is never to call in a replay.
 */
export function ownProcess(mode: Exclude<OutsideMode, 'warn'> = 'refuse'): OwnProcess {
  // So that `const sleep = promisify(setTimeout)` in a module of the application goes by the item's time, too.
  patchTimers()
  const told = tellChildren(mode, true)
  told.begin()
  const found: OutsideCall[] = []
  const whileLoading = new OutsideLog()
  let isLoading = true
  // Never ended: a job that comes late, while the reports are written, is no live traffic either.
  watchOutside({
    mode,
    concerns: () => true,
    count: (call, refused) => isLoading && whileLoading.add(call, refused),
  })
  return {
    outside: { mode, elsewhere: () => [...whileLoading.calls(), ...told.calls(), ...found] },
    loaded: () => {
      isLoading = false
    },
    addElsewhere: calls => void found.push(...calls),
  }
}
