import {
  type AmbientFrame,
  afterMicrotasks,
  type ReplayCall,
  realTimers,
  replayFrame,
  runInFrame,
} from '@runtape/core/internal'
import type { Trace } from '@runtape/core/store'
import { DeferredOutputs } from '../../match/deferred-outputs.ts'
import { joinItems } from '../../match/other-items.ts'
import { chunksToRead } from '../../match/recorded-trace.ts'
import { ReplaySession } from '../../match/replay-session.ts'
import { type ProcessEnd, tellOfProcessEnds } from '../../process/guard-process.ts'
import { putTimers } from '../../timers/patch-timers.ts'
import type { ItemAbort } from '../item-abort.ts'
import { whenRestIsDone } from '../late-errors.ts'
import { onProcessEnd, processEnd } from './item-ends.ts'
import { outcomeReplay } from './item-frame.ts'
import type { ItemPlan } from './item-plan.ts'
import { ItemRecords } from './item-records.ts'
import { type Outcome, runToEnd } from './run-to-end.ts'

/** One recorded trace on its way through the code. */
export interface ItemRun {
  readonly plan: ItemPlan
  readonly trace: Trace
  readonly stop: ItemAbort
  readonly session: ReplaySession
  readonly records: ItemRecords
  readonly outputs: DeferredOutputs
  /** What surrounds code that looks at the outcome. */
  readonly frame: AmbientFrame
  /** Whether the outcome is decided: nothing that the code does from then on is in it. */
  hasEnded: boolean
}

/** Gets everything ready for the code of one item: its session, its timers, and who hears of ends of the process. */
export function openRun(
  plan: ItemPlan,
  trace: Trace,
  { stop, uncalled }: { readonly stop: ItemAbort; readonly uncalled: string[] },
): ItemRun {
  const { store, writer, testRunId, mock, onMiss, timing, overrides, resources } = plan
  const calls = plan.spending.item()
  const records = new ItemRecords(writer, calls)
  const outputs = new DeferredOutputs({ store, writer, trace, onFailure: stop.stop })
  const onRun = (call: ReplayCall) => plan.unmocked.add(call)
  const whole = { testRunId, trace, mock, onMiss, timing, overrides, resources, onRun, outputs, uncalled }
  const live = calls && { onLive: calls.start.bind(calls) }
  const session = new ReplaySession({ ...whole, ...live, sink: records })
  plan.guard?.watch(session)
  putTimers(session, session)
  const told = (end: ProcessEnd, isOver: boolean) =>
    onProcessEnd(plan, session, isOver ? undefined : stop, end)
  tellOfProcessEnds(session, end => told(end, run.hasEnded || stop.isOver))
  const after = outcomeReplay(session)
  const isOver = () => stop.isOver
  tellOfProcessEnds(after, end => told(end, isOver()), isOver)
  const frame = replayFrame(after)
  plan.frames.set(session.traceId, frame)
  const run: ItemRun = { plan, trace, stop, session, records, outputs, frame, hasEnded: false }
  return run
}

/** Runs the code to its end, and what it goes on with soon after. */
export async function runCode(run: ItemRun, given: readonly unknown[]): Promise<Outcome> {
  const { session, stop } = run
  const answered = await callFunction(run, given, joinItems(session))
  // Answered calls that were not awaited end now.
  await new Promise<void>(resolve => afterMicrotasks(resolve))
  // Node reports a rejection at the end of the turn: a process that ends then has sent no answer.
  await new Promise<void>(resolve => void realTimers.setImmediate(resolve))
  const outcome = processEnd(stop) ?? answered
  run.hasEnded = true
  await whenRestIsDone(session, stop.signal)
  return outcome
}

/** Calls the function in a new frame, until it ends or is no longer awaited. */
async function callFunction(
  { plan, trace, stop, session }: ItemRun,
  given: readonly unknown[],
  leave: () => void,
): Promise<Outcome> {
  session.noteRun(plan.key)
  const ended = runInFrame(replayFrame(session), () =>
    runToEnd(
      () => plan.fn.apply(plan.receiver, given as never),
      () => chunksToRead(trace),
    ),
  )
  const stopped = stop.stopped.then((thrown): Outcome => {
    session.stop(thrown)
    return { result: undefined, error: thrown.message, thrown }
  })
  try {
    return await Promise.race([closed(ended, session), stopped])
  } finally {
    leave()
  }
}

async function closed(ended: Promise<Outcome>, session: ReplaySession): Promise<Outcome> {
  const outcome = await ended
  await session.close()
  return outcome
}
