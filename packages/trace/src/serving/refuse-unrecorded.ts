import { RuntapeError } from '@runtape/core'
import { currentFrame, isOutsideWatched, refusalOutside } from '@runtape/core/internal'
import { captureInput } from '../capture/payload.ts'

/** A request of an instrumented client that calls no model: a word for all of them, and which it is. */
export interface UnrecordedRequest {
  readonly key: string
  readonly name: string
}

/**
 * What a client sends beside its model calls, to files and batches, is not recorded. In a replay it is decided like any
 * call: the error with which it fails, or `undefined` where it may be sent.
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
