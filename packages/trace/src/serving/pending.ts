import { signalsIn, whenAborted } from '../effects/signals.ts'
import type { Span } from '../spans/span.ts'
import { missing } from './missing.ts'
import type { Served, ServedCall } from './served-call.ts'
import { thrownAgain } from './thrown-again.ts'

/** A promise that stays pending, like the recorded one when its process ended; the span ends with the item. */
export function pending(span: Span, served: Served): Promise<never> {
  return pendingUntilAborted(served, [], () => span.endUnfinished()) as Promise<never>
}

/** Fails like the recorded call when its signal was aborted: when this call's signal is aborted. */
export async function failWhenAborted(span: Span, served: Served, { args }: ServedCall): Promise<never> {
  const signals = signalsIn(args)
  if (!signals) throw missing(served, 'the recorded call was aborted by a signal, and this call has none')
  const reason = await pendingUntilAborted(served, signals, () => span.endUnfinished())
  throw served.effects?.aborted === 'reason' ? reason : thrownAgain(served)
}

/**
 * The reason of the first aborted signal of `signals`. Pending until then, without keeping the process alive. Rejects as a miss
 * if the replay finds that the code waits for nothing else.
 *
 * @param end ends the span; called when the item is over
 */
export function pendingUntilAborted(
  served: Pick<Served, 'whenOver' | 'missing' | 'isUnfinished'>,
  signals: readonly AbortSignal[],
  end: () => void = () => {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let isPending = true
    const settle = () => {
      const wasPending = isPending
      isPending = false
      return wasPending
    }
    const miss = () => {
      const isMiss = settle()
      if (isMiss) reject(missing(served, served.isUnfinished ? notEnded : notAborted))
      return isMiss
    }
    served.whenOver?.(end, miss)
    void whenAborted(signals).then(reason => {
      settle()
      resolve(reason)
    })
  })
}

const notEnded = 'the recorded call had not ended when its process did, and nothing is left to wait for'
const notAborted = 'the recorded call was aborted by a signal, and nothing is left that could abort this call'
