import { testTime } from './records.ts'

/** A clock that stands still until it is advanced. */
export interface FakeClock {
  /** Milliseconds since the Unix epoch. Works without its object. */
  readonly now: () => number
  readonly advance: (ms: number) => void
}

/** A clock for tests; it starts at noon of 2026-01-01 (UTC). */
export function fakeClock(start: number = testTime): FakeClock {
  let time = start
  return {
    now: () => time,
    advance: ms => {
      time += ms
    },
  }
}
