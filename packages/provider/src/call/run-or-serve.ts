import { messageOf } from '@runtape/core/internal'
import { loadedAnswer, missing, thrownAgain } from '@runtape/trace/provider'
import { servedAnswer } from '../recorded/served-answer.ts'
import type { ModelCall } from './model-call.ts'
import { sendIn } from './suppress-nested-taps.ts'

/**
 * Runs `send` inside the frame of the call, with nested taps suppressed. If a replay answers the call, returns the
 * recorded answer or throws the recorded error instead.
 *
 * @throws {RuntapeError} in a replay, if the tape has no answer or an incomplete one
 */
export async function runOrServe<T extends object>(
  call: ModelCall,
  send: () => T | PromiseLike<T>,
): Promise<T> {
  const { decision } = call
  if (decision.action === 'fail') throw decision.error
  if (decision.action === 'run') return sendIn(call.frame(), send)
  const served = await loadedAnswer(decision)
  await served.ready?.()
  if (served.error || served.thrown) throw thrownAgain(served)
  try {
    return servedAnswer(served) as T
  } catch (error) {
    // A miss, even if the code catches the error.
    missing(served, messageOf(error))
    throw error
  }
}
