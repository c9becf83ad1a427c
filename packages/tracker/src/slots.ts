/** The metrics that a run has at most once. */
export type SingleMetric = 'duration' | 'time-to-first-token' | 'tokens' | 'outcome' | 'feedback'

/** Bit mask of the recorded single metrics. */
export type Slots = number

const bits: Record<SingleMetric, number> = {
  duration: 1,
  'time-to-first-token': 2,
  tokens: 4,
  outcome: 8,
  feedback: 16,
}

export const noSlots: Slots = 0

/** The state after `metric` was recorded; the same state if it already was. */
export const take = (slots: Slots, metric: SingleMetric): Slots => slots | bits[metric]

/** The state after the sink refused `metric`: it can be recorded again. */
export const release = (slots: Slots, metric: SingleMetric): Slots => slots & ~bits[metric]

export const isTaken = (slots: Slots, metric: SingleMetric): boolean => (slots & bits[metric]) !== 0
