import { RuntapeError } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { type ReplayItem, type ReplayReport, SummaryTally } from '../report.ts'
import { judgeItem } from './assess-item.ts'
import { assessReport } from './assess-report.ts'

const noMocks = { served: [], drifted: [], missed: [], unused: [], overridden: [] }

const itemOf = (fields: Partial<ReplayItem>): ReplayItem => ({
  ...outcomeOf(fields.same === false, fields.error ?? null),
  sourceTraceId: 'abc',
  input: [],
  result: undefined,
  originalOutput: undefined,
  error: null,
  originalError: null,
  durationMs: null,
  tokens: null,
  model: null,
  traceId: null,
  replay: { durationMs: null, tokens: null },
  scores: {},
  same: true,
  mocks: noMocks,
  ...fields,
})

function outcomeOf(differs: boolean, error: string | null): Pick<ReplayItem, 'outcome' | 'reason'> {
  if (!differs) return { outcome: 'same' }
  return error === null ? { outcome: 'changed' } : { outcome: 'failed', reason: error }
}

function reportOf(
  items: readonly ReplayItem[],
  { thresholds = {}, notRun = 0 }: { thresholds?: Record<string, number>; notRun?: number } = {},
): ReplayReport {
  const tally = new SummaryTally()
  for (const item of items) tally.add(item)
  const summary = tally.summary(notRun, thresholds)
  return { testRunId: 't', testRunUrl: null, status: 'completed', outside: [], items, summary }
}

describe('an item', () => {
  test('that ended as recorded is the same, whatever its values look like', () => {
    expect(judgeItem(itemOf({ result: 1, originalOutput: 2 }))).toMatchObject({
      status: 'same',
      problems: [],
    })
    expect(judgeItem(itemOf({ error: 'no', originalError: 'no' })).status).toBe('same')
  })

  test('with a different output is changed, and alone not a problem', () => {
    expect(judgeItem(itemOf({ same: false }))).toMatchObject({ status: 'changed', problems: [] })
  })

  test('that failed unlike the recording is a problem', () => {
    const failed = itemOf({ same: false, error: 'broke', originalError: 'broke' })
    expect(judgeItem(failed)).toMatchObject({ status: 'failed', problems: ['broke'] })
    // What evaluators say to it is no second problem.
    const scores = { 'json-diff': { score: 0, pass: false, reasoning: 'the replay threw "broke"' } }
    expect(judgeItem({ ...failed, scores }).problems).toEqual(['broke'])
  })

  test('with a failed attempt has failed, with the number of failed attempts', () => {
    const attempt = { result: 1, error: null, traceId: null, replay: { durationMs: 1, tokens: null } }
    const good = { ...attempt, scores: {}, mocks: noMocks, outcome: 'same' as const, same: true }
    const bad = { ...good, outcome: 'failed' as const, reason: 'broke', same: false, error: 'broke' }
    const late = { ...bad, reason: 'late', error: 'late' }
    const item = itemOf({ same: false, error: 'broke', attempts: [good, bad, bad, late] })
    const problems = ['2 of 4 attempts: broke', '1 of 4 attempts: late']
    expect(judgeItem(item)).toMatchObject({ status: 'failed', problems })
    expect(
      judgeItem(itemOf({ same: false, attempts: [good, { ...good, outcome: 'changed', same: false }] }))
        .status,
    ).toBe('changed')
  })

  test('with a low mean over attempts shows their variance', () => {
    const spread = { like: { mean: 0.5, min: 0.25, max: 0.75, deviation: 0.25, count: 2 } }
    const item = itemOf({ scores: { like: { score: 0.5, pass: false, reasoning: 'unread' } }, spread })
    expect(judgeItem(item).problems).toEqual(['like: 0.5, the mean of 2 attempts, from 0.25 to 0.75, σ 0.25'])
  })

  test('stopped from outside has not failed, but one past its time limit has', () => {
    const stopped = new RuntapeError('replay-stopped', 'stopped', { cause: new Error('Ctrl-C') })
    const item = itemOf({
      same: false,
      outcome: 'unknown',
      error: 'stopped',
      thrown: stopped,
      scoreErrors: { judge: 'stopped' },
    })
    expect(judgeItem(item)).toMatchObject({ status: 'stopped', problems: [] })
    expect(assessReport(reportOf([item], { notRun: 1 })).missing).toEqual([
      'not all of 2 traces were replayed: 1 stopped, 1 not started',
    ])
    const late = new RuntapeError('replay-stopped', 'had not ended after 5 ms')
    expect(judgeItem(itemOf({ same: false, error: 'late', thrown: late })).status).toBe('failed')
    const { mocks, scores, replay } = item
    const good = { outcome: 'same' as const, same: true }
    const attempt = { result: 1, error: null, traceId: null, mocks, scores, replay, ...good }
    const cut = { ...attempt, outcome: 'unknown' as const, same: false, error: 'stopped', thrown: stopped }
    expect(judgeItem(itemOf({ same: false, outcome: 'unknown', attempts: [attempt, cut] })).status).toBe(
      'stopped',
    )
    const broke = { ...attempt, outcome: 'failed' as const, reason: 'broke', same: false, error: 'broke' }
    expect(judgeItem(itemOf({ same: false, outcome: 'failed', attempts: [broke, cut] })).problems).toEqual([
      '1 of 2 attempts: broke',
    ])
  })

  test('that an evaluator fails or cannot judge is a problem', () => {
    const scores = {
      polite: { score: 0.25, pass: false, reasoning: 'rude' },
      short: { score: 1, pass: true },
    }
    const item = itemOf({ scores, scoreErrors: { judge: 'no key' } })
    expect(judgeItem(item).problems).toEqual(['polite: 0.25, rude', 'judge returned no score: no key'])
    expect(judgeItem(item, { thresholds: ['polite'] }).problems).toEqual(['judge returned no score: no key'])
  })
})

describe('a report', () => {
  test('passes if every item passes', () => {
    const report = reportOf([itemOf({}), itemOf({ same: false })])
    expect(assessReport(report)).toMatchObject({
      pass: true,
      problems: [],
      counts: { same: 1, changed: 1, failed: 0 },
    })
  })

  test('compares the mean with a threshold, and no single scores', () => {
    const items = [0.4, 1].map(score => itemOf({ scores: { like: { score, pass: score === 1 } } }))
    expect(assessReport(reportOf(items)).pass).toBe(false)
    expect(assessReport(reportOf(items, { thresholds: { like: 0.7 } })).pass).toBe(true)
    const missedIt = assessReport(reportOf(items, { thresholds: { like: 0.8 } }))
    expect(missedIt).toMatchObject({
      pass: false,
      problems: ['like has a mean of 0.7, and its threshold is 0.8'],
    })
    expect(missedIt.items.flatMap(({ problems }) => problems)).toEqual([])
  })

  test('fails if a threshold has no score, or traces were skipped', () => {
    const unscored = assessReport(reportOf([itemOf({})], { thresholds: { like: 0.5 } }))
    expect(unscored.problems).toEqual(['like returned no score, and its threshold is 0.5'])
    expect(assessReport(reportOf([itemOf({})], { notRun: 2 }))).toMatchObject({
      pass: false,
      problems: [],
      missing: ['not all of 3 traces were replayed: 2 not started'],
    })
  })
})
