import { messageOf } from '@runtape/core/internal'
import { loadedAnswer, missing, thrownAgain } from '@runtape/trace/provider'
import { servedAnswer } from '../recorded/served-answer.ts'
import type { ModelCall } from './model-call.ts'
import { sendIn } from './suppress-nested-taps.ts'

/**
 * Runs `send` with the call around it and no other tap beneath. Where a replay answers the call, it returns the
 * recorded answer instead, or throws the recorded error.
 *
 * @throws {RuntapeError} in a replay, where the tape has no answer, or not as it was.
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
    // A miss even if the code catches the error.
    missing(served, messageOf(error))
    throw error
  }
}
