import type { OutsideCall, OutsideMode, OutsideRule } from '@runtape/replay'
import { tellChildren, watchOutside } from '@runtape/replay/outside'
import type { Args } from './args.ts'

/** The process of the command, which belongs to the replay. */
export interface OwnProcess {
  readonly outside: OutsideRule
  /** From now on nothing outside of the replayed traces runs, until the process ends. */
  hold(): void
  /** Adds what was found in the process of an item. */
  addElsewhere(calls: readonly OutsideCall[]): void
}

/** As `--outside` says. */
export const outsideMode = (args: Args) => args.oneOf('outside', ['refuse', 'allow'])

/** To be called before the application is loaded, which may start its workers then. */
export function ownProcess(mode: Exclude<OutsideMode, 'warn'> = 'refuse'): OwnProcess {
  const told = tellChildren(mode, true)
  told.begin()
  const found: OutsideCall[] = []
  return {
    outside: { mode, elsewhere: () => [...told.calls(), ...found] },
    // A job that comes late, while the reports are written, is no live traffic either.
    hold: () => void watchOutside({ mode, concerns: () => true, count: () => {} }),
    addElsewhere: calls => void found.push(...calls),
  }
}
