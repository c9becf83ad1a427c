import { RuntapeError } from '@runtape/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type OutcomeWithReason, outcomeOf, worstOutcome } from '../compare/item-outcome.ts'
import { type ReplayItem, type ReplayReport, SummaryTally } from '../report.ts'
import { emptyItem } from '../run/items/empty-item.ts'
import { assessReport } from './assess-report.ts'

const stopped = new RuntapeError('replay-stopped', 'stopped', { cause: new Error('Ctrl-C') })
const call = { key: 'refunds.issue', name: 'refunds.issue' }

const ending = fc.constantFrom(
  { error: null },
  { error: 'broke', thrown: new Error('broke') },
  { error: 'stopped', thrown: stopped },
)
const missed = fc.constantFrom([], [call], [{ ...call, ran: true as const }])
const compared = fc.constantFrom(
  undefined,
  { result: 'same' as const },
  { result: 'different' as const },
  { result: 'unknown' as const, reason: 'an instance of Money' },
)
const score = fc.option(fc.record({ score: fc.constantFrom(0.2, 0.8), pass: fc.boolean() }), {
  nil: undefined,
})

/** An item as a replay makes it: whatever the code, the tape and the evaluators do. */
const item = fc.tuple(ending, missed, compared, score).map(([ended, missed, compared, score]): ReplayItem => {
  const empty = emptyItem({ traceId: 'abc' })
  const mocks = { ...empty.mocks, missed }
  const outcome = outcomeOf({ ...ended, mocks }, compared)
  const judged = score ? { scores: { like: score } } : { scoreErrors: { like: 'no model' } }
  return { ...empty, ...ended, mocks, ...judged, ...outcome, same: outcome.outcome === 'same' }
})

const attempted = fc.array(item, { minLength: 1, maxLength: 3 }).map((attempts): ReplayItem => {
  const [first] = attempts as [ReplayItem, ...ReplayItem[]]
  const outcome: OutcomeWithReason = worstOutcome(attempts)
  const scoreErrors = Object.assign({}, ...attempts.map(each => each.scoreErrors ?? {}))
  return { ...first, ...outcome, same: outcome.outcome === 'same', scoreErrors, attempts }
})

const report = fc.tuple(
  fc.array(fc.oneof(item, attempted), { minLength: 1, maxLength: 4 }),
  fc.constantFrom({}, { like: 0.5 }),
  fc.constantFrom(0, 0, 1),
)

test('a report passes exactly if neither an item nor the whole has a problem', () => {
  fc.assert(
    fc.property(report, ([items, thresholds, notRun]) => {
      const tally = new SummaryTally()
      for (const each of items) tally.add(each)
      const summary = tally.summary(notRun, thresholds)
      const whole: ReplayReport = {
        testRunId: 't',
        testRunUrl: null,
        status: 'completed',
        outside: [],
        items,
        summary,
      }
      const judged = assessReport(whole)
      const said = [...judged.items.flatMap(each => each.problems), ...judged.problems, ...judged.missing]
      expect({ pass: judged.pass, said: said.length === 0 }).toEqual({
        pass: summary.pass,
        said: summary.pass,
      })
      expect(summary.completed + summary.failed + summary.notRun).toBe(summary.total)
    }),
    { numRuns: 2000 },
  )
})
