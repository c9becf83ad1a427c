import { signalsIn, whenAborted } from '../effects/signals.ts'
import type { Span } from '../span.ts'
import { missing } from './missing.ts'
import type { Served, ServedCall } from './served-call.ts'
import { thrownAgain } from './thrown-again.ts'

/**
 * A promise that stays pending, as the recorded one was when its process ended. It holds nothing open, and the span
 * ends with the item.
 */
export function pending(span: Span, { whenOver }: Served): Promise<never> {
  whenOver?.(() => span.endUnfinished())
  return new Promise(() => {})
}

/** Fails as the recorded call did when its signal was aborted: when the signal of this call is. */
export async function failWhenAborted(span: Span, served: Served, { args }: ServedCall): Promise<never> {
  const signals = signalsIn(args)
  if (!signals) throw missing(served, 'the recorded call was aborted by a signal, and this one has none')
  served.whenOver?.(() => span.endUnfinished())
  const reason = await whenAborted(signals)
  throw served.effects?.aborted === 'reason' ? reason : thrownAgain(served)
}
