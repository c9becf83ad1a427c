/** Counts of what was removed. */
export interface Tally {
  readonly runs: number
  readonly runEvents: number
  readonly traces: number
  readonly spans: number
}

export const nothing: Tally = { runs: 0, runEvents: 0, traces: 0, spans: 0 }

export const added = (a: Tally, b: Partial<Tally>): Tally => ({
  runs: a.runs + (b.runs ?? 0),
  runEvents: a.runEvents + (b.runEvents ?? 0),
  traces: a.traces + (b.traces ?? 0),
  spans: a.spans + (b.spans ?? 0),
})
