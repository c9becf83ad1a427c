import { expect, test } from 'vitest'
import { type ReplayItem, SummaryTally } from './report.ts'

function finished(error: string | null, same: boolean, served: number): ReplayItem {
  const call = { key: 'tool', name: 'tool' }
  const mocks = {
    served: Array(served).fill(call),
    drifted: [call],
    missed: [],
    overridden: [call],
    unused: [call, call],
  }
  const outcome = same ? 'same' : error === null ? 'changed' : 'failed'
  return { error, outcome, same, mocks, scores: {} } as unknown as ReplayItem
}

function summarizeItems(finished: readonly ReplayItem[], notRun?: number) {
  const tally = new SummaryTally()
  for (const each of finished) tally.add(each)
  return tally.summary(notRun)
}

test('a completed or failed item may also have ended as recorded', () => {
  const items = [
    finished(null, true, 3),
    finished(null, false, 1),
    finished('no', false, 0),
    finished('as before', true, 0),
  ]
  expect(summarizeItems(items)).toEqual({
    total: 4,
    completed: 2,
    failed: 2,
    same: 2,
    changed: 1,
    unknown: 0,
    served: 4,
    drifted: 4,
    missed: 0,
    unused: 8,
    overridden: 4,
    unknownInputs: 0,
    notRun: 0,
    scores: {},
    pass: false,
  })
  expect(summarizeItems(items, 3)).toMatchObject({ total: 7, completed: 2, failed: 2, notRun: 3 })
})
