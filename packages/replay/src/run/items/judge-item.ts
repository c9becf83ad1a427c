import { type Payload, RuntapeError, type SpanRecord } from '@runtape/core'
import { runInFrame } from '@runtape/core/internal'
import { compareResults, resultOf, unreadOf } from '../../compare/call-result.ts'
import { compareCosts, usageOf } from '../../compare/item-delta.ts'
import { outcomeOf } from '../../compare/item-outcome.ts'
import { compareTraces } from '../../compare/trace-diff.ts'
import { scoreItem } from '../../evaluators/score-item.ts'
import { errorOfAnotherItem } from '../../match/other-items.ts'
import type { ReplaySession } from '../../match/replay-session.ts'
import type { ReplayItem } from '../../report.ts'
import { withOutcome } from './empty-item.ts'
import type { ItemPlan } from './item-plan.ts'
import type { ItemRun } from './run-code.ts'
import type { Outcome } from './run-to-end.ts'

/** What came of running the code of an item. */
export interface ItemRan {
  readonly outcome: Outcome
  /** The arguments that the code was called with. */
  readonly given: readonly unknown[]
  readonly mocks: ReplayItem['mocks']
  /** What was recorded of it. */
  readonly spans: readonly SpanRecord[]
}

/** Puts the recording beside the replay: costs, calls, and how the item ended. */
export function compareItem(run: ItemRun, recorded: ReplayItem, ran: ItemRan): ReplayItem {
  const { plan, trace, session, outputs } = run
  const { outcome, given, mocks, spans } = ran
  const root = rootOf(spans)
  const { delta, cost } = compareCosts(trace, spans, session.isInRealTime, plan.prices)
  const replayed = root && { traceId: session.traceId, root, spans }
  return {
    ...recorded,
    ...outcome,
    // Instead of the error of the code: a client may wrap it without naming the request.
    ...(outcome.thrown !== undefined && insteadOf(plan, session, outcome.thrown)),
    ...(plan.adaptInputs && { given }),
    traceId: session.traceId,
    replay: { durationMs: root?.durationMs ?? null, tokens: usageOf(spans) },
    mocks,
    ran: session.ran(),
    delta,
    ...(cost && { cost }),
    ...(replayed && {
      diff: compareTraces(trace, replayed, (before, after) => outputs.compared(before, after), session),
    }),
  }
}

/** Decides the outcome of an item and has it scored; evaluators run in the item's frame. */
export async function judgeItem(
  run: ItemRun,
  item: ReplayItem,
  spans: readonly SpanRecord[],
  expected?: Payload,
): Promise<ReplayItem> {
  const { plan, session, frame } = run
  const ended = await runInFrame(frame, () => scored(run, item, rootOf(spans), expected))
  const settled = plan.lateErrors.failed(ended)
  return mayBeTimers(session, settled) ? { ...settled, hint: timerHint } : settled
}

const rootOf = (spans: readonly SpanRecord[]): SpanRecord | undefined =>
  spans.find(span => span.parentSpanId === undefined)

async function scored(
  { plan, trace, stop }: ItemRun,
  item: ReplayItem,
  root: SpanRecord | undefined,
  expected: Payload | undefined,
): Promise<ReplayItem> {
  const results = { replay: resultOf(root), recording: resultOf(trace.root) }
  const captured = { ...results, ...(expected && { expected }) }
  // A stopped item's error differs from its root's, which may have ended successfully.
  const isOwnEnding = root !== undefined && (root.error === undefined) === (item.error === null)
  const compared = isOwnEnding ? compareResults(captured.replay, captured.recording) : undefined
  const unread = compared && unreadOf(captured.replay, captured.recording)
  const whole = unread && unread.length > 0 ? { ...item, unread } : item
  const ended = withOutcome(whole, outcomeOf(item, compared))
  const { scores, scoreErrors } = await scoreItem(plan, { ...ended, captured }, stop)
  const errors = Object.keys(scoreErrors).length > 0 && { scoreErrors }
  return { ...ended, scores, ...errors }
}

// The order of calls does not produce an answer that the tape lacks.
function mayBeTimers({ hadTimers }: ReplaySession, { outcome, mocks, thrown }: ReplayItem): boolean {
  const endsProcess = RuntapeError.isInstance(thrown) && thrown.code === 'process-end'
  const isTimed = outcome === 'changed' || (outcome === 'failed' && !endsProcess)
  return isTimed && hadTimers && !mocks.missed.some(({ sourceSpanId }) => sourceSpanId !== undefined)
}

const timerHint =
  "This code waits for timers, so its calls may have ended in a different order than recorded. Replay it with --timing recorded (timing: 'recorded') to see whether it ends the same then."

// The error of an item may be wrapped beyond recognition, or follow from another error.
function insteadOf({ guard }: ItemPlan, session: ReplaySession, thrown: unknown) {
  const error = guard?.refused(session) ?? errorOfAnotherItem(thrown, session)
  return error && { error: error.message, thrown: error }
}
