import { describe, expect, test } from 'vitest'
import { isTaken, noSlots, release, type SingleMetric, take } from './slots.ts'

const metrics: SingleMetric[] = ['duration', 'time-to-first-token', 'tokens', 'outcome', 'feedback']
const states = Array.from({ length: 2 ** metrics.length }, (_, state) =>
  metrics.filter((_, bit) => state & (1 << bit)),
)
const cases = states.flatMap(taken => metrics.map(metric => ({ taken, metric })))
const stateOf = (taken: readonly SingleMetric[]) => taken.reduce(take, noSlots)
const takenIn = (slots: number) => metrics.filter(metric => isTaken(slots, metric))

describe('the slots of a run', () => {
  test('are all free at first', () => {
    expect(takenIn(noSlots)).toEqual([])
  })

  test('have 32 distinct states, whatever the order of recording', () => {
    expect(new Set(states.map(stateOf)).size).toBe(32)
    for (const taken of states) expect(stateOf(taken.toReversed())).toBe(stateOf(taken))
  })

  test.each(cases)('$taken: recording $metric takes only its slot', ({ taken, metric }) => {
    const after = take(stateOf(taken), metric)
    expect(takenIn(after)).toEqual(metrics.filter(other => other === metric || taken.includes(other)))
    expect(take(after, metric)).toBe(after)
  })

  test.each(cases)('$taken: releasing $metric frees only its slot', ({ taken, metric }) => {
    const after = release(stateOf(taken), metric)
    expect(takenIn(after)).toEqual(taken.filter(other => other !== metric))
  })
})
