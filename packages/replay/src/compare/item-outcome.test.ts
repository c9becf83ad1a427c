import { RuntapeError } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { noMocks } from '../match/mock-report.ts'
import { outcomeOf, worstOutcome } from './item-outcome.ts'

const ended = { error: null, mocks: noMocks }
const failed = { error: 'sold out', mocks: noMocks }
const missed = [{ key: 'refunds.issue', name: 'refunds.issue' }]
const unknown = { result: 'unknown', reason: '$: an instance of Response' } as const

describe('outcomeOf', () => {
  test('is the result of the comparison, even for a recorded error', () => {
    expect(outcomeOf(ended, { result: 'same' })).toEqual({ outcome: 'same' })
    expect(outcomeOf(failed, { result: 'same' })).toEqual({ outcome: 'same' })
    expect(outcomeOf(ended, { result: 'different' })).toEqual({ outcome: 'changed' })
    expect(outcomeOf(ended, unknown)).toEqual({ outcome: 'unknown', reason: unknown.reason })
    expect(outcomeOf(failed, unknown)).toEqual({ outcome: 'unknown', reason: unknown.reason })
  })

  test('is failed for an unrecorded error, and for code that did not run', () => {
    expect(outcomeOf(failed, { result: 'different' })).toEqual({ outcome: 'failed', reason: 'sold out' })
    expect(outcomeOf(failed)).toEqual({ outcome: 'failed', reason: 'sold out' })
  })

  test('is failed if code caught a miss and ended as recorded, unless the call ran', () => {
    const reason = 'a call was missed: refunds.issue'
    const caught = { error: null, mocks: { ...noMocks, missed } }
    expect(outcomeOf(caught, { result: 'same' })).toEqual({ outcome: 'failed', reason })
    expect(outcomeOf({ ...caught, error: 'as before' }, { result: 'same' })).toEqual({
      outcome: 'failed',
      reason,
    })
    const ran = {
      error: null,
      mocks: { ...noMocks, missed: missed.map(call => ({ ...call, ran: true as const })) },
    }
    expect(outcomeOf(ran, { result: 'same' })).toEqual({ outcome: 'same' })
  })

  test('is unknown if the replay was stopped, or the call left no span', () => {
    const thrown = new RuntapeError('replay-stopped', 'stopped', { cause: new Error('Ctrl-C') })
    expect(outcomeOf({ ...failed, error: 'stopped', thrown })).toEqual({
      outcome: 'unknown',
      reason: 'stopped',
    })
    expect(outcomeOf(ended).outcome).toBe('unknown')
  })
})

test('is the worst one of several attempts, with its reason', () => {
  const attempts = [
    { outcome: 'same' },
    { outcome: 'unknown', reason: 'lossy' },
    { outcome: 'failed', reason: 'broke' },
  ] as const
  expect(worstOutcome(attempts)).toEqual({ outcome: 'failed', reason: 'broke' })
  expect(worstOutcome(attempts.slice(0, 2))).toEqual({ outcome: 'unknown', reason: 'lossy' })
  expect(worstOutcome(attempts.slice(0, 1))).toEqual({ outcome: 'same' })
})
