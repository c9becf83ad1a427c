import { RuntapeError } from '@runtape/core'
import { type ReplayCall, warnSafely } from '@runtape/core/internal'
import type { ReplaySession } from '../../match/replay-session.ts'
import { type ProcessEnd, tellStray } from '../../process/guard-process.ts'
import { type ItemAbort, shownUncalled } from '../item-abort.ts'
import type { ItemPlan } from './item-plan.ts'
import type { Outcome } from './run-to-end.ts'

/**
 * An item that is over keeps its outcome: later actions of its code belong to no other item.
 *
 * @param stop absent for an item that is over
 */
export function onProcessEnd(
  { logger, lateErrors }: ItemPlan,
  { traceId, sourceTraceId }: ReplaySession,
  stop: ItemAbort | undefined,
  { what, cause, isHeard }: ProcessEnd,
): void {
  if (isHeard)
    return warnSafely(
      logger,
      `In the replay of trace ${sourceTraceId} code ${what}. A listener of the application handles it.`,
    )
  const problem = `In the replay of trace ${sourceTraceId} code ${what}, which ends a process`
  if (stop) {
    const options = cause === undefined ? {} : { cause }
    return stop.stop(new RuntapeError('process-end', `${problem}. The item fails instead.`, options))
  }
  lateErrors.add(traceId, what)
  warnSafely(logger, `${problem}, after the item had ended.`)
}

/** Result of an item whose code would have ended the process. */
export function processEnd({ signal: { reason } }: ItemAbort): Outcome | undefined {
  if (!RuntapeError.isInstance(reason) || reason.code !== 'process-end') return undefined
  return { result: undefined, error: reason.message, thrown: reason }
}

export function onLateMiss(
  { logger, lateErrors }: ItemPlan,
  { traceId, sourceTraceId }: ReplaySession,
  call: ReplayCall,
): void {
  const what = `called '${call.key}', which nothing on the tape answers, so it was not run`
  lateErrors.addMissed(traceId, what, call)
  // After the report, only the owner of the process can report it.
  if (lateErrors.isReported && tellStray({ what: `${what}: it belonged to an item that had ended` })) return
  warnSafely(logger, `In the replay of trace ${sourceTraceId} code ${what}, after the item had ended.`)
}

export function stuckError(sourceTraceId: string, uncalled: readonly string[]): RuntapeError {
  return new RuntapeError(
    'replay-stopped',
    `The replay of trace ${sourceTraceId} waits for something that cannot happen: the process has nothing left to do. ` +
      `Check what the function awaits: a promise that is never settled, or a callback that is never called.${shownUncalled(uncalled)}`,
  )
}
