import type promised from 'node:timers/promises'

type Delay = typeof promised.setTimeout
type Every = typeof promised.setInterval

/** `setTimeout` of `node:timers/promises`, through the item's timers. `delay` rejects invalid arguments. */
export function delayIn<T>(delay: Delay, ms?: number, value?: T, options?: Parameters<Delay>[2]): Promise<T> {
  const { signal, ref = true } = options ?? {}
  if (signal?.aborted || !isSound(signal, ref)) return delay(ms, value, options) as Promise<T>
  return new Promise<T>((resolve, reject) => {
    const done = () => {
      signal?.removeEventListener('abort', cut)
      resolve(value as T)
    }
    // Its own error.
    const cut = () => {
      clearTimeout(timer)
      delay(1, value, options).then(resolve as () => void, reject)
    }
    const timer = setTimeout(done, ms)
    if (!ref) timer.unref()
    signal?.addEventListener('abort', cut, { once: true })
  })
}

const isSound = (signal: unknown, ref: unknown) =>
  typeof ref === 'boolean' && (signal === undefined || signal instanceof AbortSignal)

/** `setInterval` of `node:timers/promises`, likewise. */
export async function* intervalIn<T>(
  every: Every,
  ms?: number,
  value?: T,
  options?: Parameters<Every>[2],
): NodeJS.AsyncIterator<T> {
  const { signal, ref = true } = options ?? {}
  if (signal?.aborted || !isSound(signal, ref)) return yield* every(ms, value, options) as AsyncGenerator<T>
  let waiting = 0
  let wake = () => {}
  const beat = setInterval(() => {
    waiting++
    wake()
  }, ms)
  if (!ref) beat.unref()
  const cut = () => {
    clearInterval(beat)
    wake()
  }
  signal?.addEventListener('abort', cut, { once: true })
  try {
    for (;;) {
      if (waiting === 0 && !signal?.aborted) await new Promise<void>(resolve => (wake = resolve))
      for (; waiting > 0; waiting--) yield value as T
      if (signal?.aborted) yield* every(ms, value, options) as AsyncGenerator<T>
    }
  } finally {
    clearInterval(beat)
    signal?.removeEventListener('abort', cut)
  }
}
