// A person approves a refund: the run's resumption token goes out with the request, and the answer carries it.
import { traced } from '@runtape/trace'
import { createTracker, resumeTracker } from '@runtape/tracker'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { recorder } from '../support/tape.ts'

const settings = { limit: 50 }

const askPerson = traced(
  'approval.ask',
  { type: 'tool', mockOnReplay: true },
  async (token: string, amount: number) => {
    effect('approval ask')
    // The person's browser, later: feedback for the same run.
    resumeTracker({ sink: recorder, token }).trackFeedback({ kind: amount < 100 ? 'positive' : 'negative' })
    return { approved: amount < 100, by: 'Ada' }
  },
)

const payOut = traced(
  'approval.pay',
  { type: 'tool', mockOnReplay: true },
  async (order: string, amount: number) => {
    effect('approval pay')
    return { order, amount }
  },
)

const refund = traced('approval.refund', async (order: string, amount: number) => {
  const tracker = createTracker({ sink: recorder, configKey: 'refund' })
  const token = tracker.resumptionToken
  return tracker.trackDurationOf(async () => {
    if (amount > settings.limit) {
      const { approved, by } = await askPerson(token, amount)
      if (!approved) return { token, refused: by }
    }
    const paid = await payOut(order, amount)
    tracker.trackSuccess()
    return { token, paid }
  })
})

export const application: Application = {
  name: 'a refund that a person approves',
  entry: refund,
  inputs: [
    ['A-1', 20],
    ['A-2', 80],
    ['A-3', 200],
  ],
  change: {
    make: changing(settings, { limit: 90 }),
    reports: { outcome: 'same', unused: ['approval.ask'], removed: ['approval.ask'] },
  },
}
