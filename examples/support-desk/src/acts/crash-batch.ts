import '../fail-plainly.ts'
import {
  encodeResumptionToken,
  type OutcomeValue,
  type RunEvent,
  type TokenUsage,
  type ToolCallValue,
} from '@runtape/core'
import { answer } from '../agent.ts'
import { readAuditLog } from '../audit-log.ts'
import { inParallel } from '../in-parallel.ts'
import { recorder, runtape, sink, store } from '../runtape.ts'
import { settings } from '../settings.ts'
import { progress } from '../terminal/progress.ts'
import { readTickets } from '../tickets.ts'

// A restarted worker does not know which of its events arrived, so it sends everything again.
const earlier = readAuditLog(settings.auditLog ?? '')
for (const event of earlier) sendAgain(event)

const finished = new Set(
  earlier.filter(({ metric }) => metric === 'outcome').map(({ context }) => context?.key),
)
const open = readTickets().filter(({ customer }) => !finished.has(customer))
const show = progress('tickets', open.length)
let done = 0
await inParallel(open, 6, async ticket => {
  await answer(ticket).catch(() => undefined) // on the tape as an error, as in the live act
  show(++done)
})
await recorder.close()
await store.close()

function sendAgain(event: RunEvent): void {
  const { metric, value, context } = event
  const token = encodeResumptionToken(event)
  const tracker = runtape.createTracker({ token, ...(context && { context }) })
  if (metric === 'duration') tracker.trackDuration(value as number)
  else if (metric === 'time-to-first-token') tracker.trackTimeToFirstToken(value as number)
  else if (metric === 'tokens') tracker.trackTokens(value as TokenUsage)
  else if (metric === 'outcome') trackOutcome(tracker, value as OutcomeValue)
  else if (metric.startsWith('tool-call:'))
    tracker.trackToolCall({ id: metric.slice(10), ...(value as ToolCallValue) })
  else sink.append(event) // a provider's call, which the instrumentation records: there is no method for it
}

function trackOutcome(
  tracker: ReturnType<typeof runtape.createTracker>,
  { status, error }: OutcomeValue,
): void {
  if (status === 'success') tracker.trackSuccess()
  else tracker.trackError(error && Object.assign(new Error(error.message), error))
}
