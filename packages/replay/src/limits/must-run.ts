import type { MockReport } from '../match/mock-report.ts'
import type { ReplayItem } from '../report.ts'
import type { MustRunResult } from './must-run-result.ts'

const lists = ['served', 'drifted', 'overridden', 'missed'] as const
const mostOthers = 10

type Counts = { -readonly [Name in Exclude<keyof MustRunResult, 'isShard' | 'othersRan'>]: number }

/** Counts the calls of keys that must run; keeps no items. */
export class MustRunTally {
  readonly #counts: ReadonlyMap<string, Counts>
  readonly #isShard: boolean
  readonly #others = new Set<string>()

  constructor(keys: readonly string[] = [], isShard = false) {
    const none = () => ({ ran: 0, served: 0, drifted: 0, overridden: 0, missed: 0, items: 0 })
    this.#counts = new Map(keys.map(key => [key, none()]))
    this.#isShard = isShard
  }

  add(item: ReplayItem): void {
    if (this.#counts.size === 0) return
    const attempts = item.attempts ?? [item]
    for (const [key, counts] of this.#counts) {
      const ran = attempts.reduce(
        (sum, { ran = {} }) => sum + (Object.hasOwn(ran, key) ? (ran[key] ?? 0) : 0),
        0,
      )
      counts.ran += ran
      if (ran > 0) counts.items++
      for (const list of lists)
        counts[list] += attempts.reduce((sum, { mocks }) => sum + of(mocks, list, key), 0)
    }
    for (const { ran = {} } of attempts)
      for (const key of Object.keys(ran)) if (this.#others.size < mostOthers) this.#others.add(key)
  }

  /** Results by key; `undefined` if no key must run. */
  result(): Readonly<Record<string, MustRunResult>> | undefined {
    if (this.#counts.size === 0) return undefined
    return Object.fromEntries(
      Array.from(this.#counts, ([key, counts]) => [
        key,
        {
          ...counts,
          ...(this.#isShard && { isShard: true as const }),
          ...(counts.ran === 0 && { othersRan: [...this.#others] }),
        },
      ]),
    )
  }
}

// A missed call that then ran counts as run.
const of = (mocks: MockReport, list: (typeof lists)[number], key: string): number =>
  mocks[list].filter(call => call.key === key && !call.ran).length
