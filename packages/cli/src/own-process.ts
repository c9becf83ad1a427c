import type { OutsideMode, OutsideRule } from '@runtape/replay'
import { tellChildren, watchOutside } from '@runtape/replay/outside'

/** The process of the command, which belongs to the replay. */
export interface OwnProcess {
  readonly outside: OutsideRule
  /** From now on nothing outside of the replayed traces runs, until the process ends. */
  hold(): void
}

/** To be called before the application is loaded, which may start its workers then. */
export function ownProcess(mode: Exclude<OutsideMode, 'warn'> = 'refuse'): OwnProcess {
  const told = tellChildren(mode, true)
  told.begin()
  return {
    outside: { mode, elsewhere: told.calls },
    // A job that comes late, while the reports are written, is no live traffic either.
    hold: () => void watchOutside({ mode, concerns: () => true, count: () => {} }),
  }
}
