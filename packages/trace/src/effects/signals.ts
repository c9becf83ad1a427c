/** Signals among the arguments of a call: arguments themselves, or their `signal` members. */
export function signalsIn(args: readonly unknown[]): AbortSignal[] | undefined {
  let signals: AbortSignal[] | undefined
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue
    const signal = signalOf(arg)
    if (!signal) continue
    signals ??= []
    signals.push(signal)
  }
  return signals
}

function signalOf(arg: object): AbortSignal | undefined {
  try {
    if (arg instanceof AbortSignal) return arg
    // Read only if it is a data property: a getter may have any effect.
    if (!('signal' in arg)) return undefined
    const signal: unknown = Object.getOwnPropertyDescriptor(arg, 'signal')?.value
    return signal instanceof AbortSignal ? signal : undefined
  } catch {
    return undefined
  }
}

/** Whether a call failed because one of these was aborted: with its reason, or with the code's own error. */
export function abortedBy(signals: readonly AbortSignal[], error: unknown): 'reason' | 'error' | undefined {
  const aborted = signals.filter(signal => signal.aborted)
  if (aborted.length === 0) return undefined
  return aborted.some(signal => signal.reason === error) ? 'reason' : 'error'
}

/** Resolves to the reason when one of them is aborted. Keeps neither them nor the process alive. */
export function whenAborted(signals: readonly AbortSignal[]): Promise<unknown> {
  const aborted = signals.find(signal => signal.aborted)
  if (aborted) return Promise.resolve(aborted.reason)
  return new Promise(resolve => {
    for (const signal of signals)
      signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })
}
