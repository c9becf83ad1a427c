import { RuntapeError } from '@runtape/core'
import { currentFrame, isOutsideWatched, refusalOutside } from '@runtape/core/internal'
import { captureInput } from '../capture/payload.ts'

/** A request of an instrumented client that calls no model: its kind and its name. */
export interface UnrecordedRequest {
  readonly key: string
  readonly name: string
}

/**
 * Requests other than model calls, such as to files and batches, are not recorded. In a replay they are decided like any call:
 * returns the error with which the request fails, or `undefined` if it may be sent.
 */
export function refusalOfUnrecorded({ key, name }: UnrecordedRequest): Error | undefined {
  const { replay, span } = currentFrame() ?? {}
  if (!replay) return isOutsideWatched() ? refusalOutside({ key, name }) : undefined
  if (!span) return undefined
  const call = { key, name, type: 'request', mockOnReplay: false, input: captureInput([]) }
  const decision = replay.decide(call, span)
  if (decision.action === 'run') return undefined
  return decision.action === 'fail' ? decision.error : noAnswer(name)
}

const noAnswer = (name: string) =>
  new RuntapeError(
    'replay-refused',
    `${name} calls no model, so it is not recorded and cannot be overridden. Wrap the calling function in traced().`,
  )
