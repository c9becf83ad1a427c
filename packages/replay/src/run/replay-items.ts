import type { AnyFunction } from '@runtape/trace'
import type { ReplayOptions } from '../options.ts'
import type { ReplayItem, ReplayReport, ReplayResult } from '../report.ts'
import { replay } from './replay.ts'

/**
 * `replay`, item by item: yields each finished item, and returns the report without items. Items run ahead of the reader only up
 * to the concurrency limit, which also limits memory. Leaving the iteration early stops the replay, as `signal` does.
 *
 * @example
 * ```ts
 * import { replayItems } from '@runtape/replay'
 * import { sqliteStore } from '@runtape/store-sqlite'
 * import { traced } from '@runtape/trace'
 *
 * const answer = traced('support.answer', async (question: string) => question.toUpperCase())
 * for await (const item of replayItems(answer, { store: sqliteStore('runtape.db'), limit: 10_000 })) console.log(item.result)
 * ```
 */
export async function* replayItems<F extends AnyFunction>(
  fn: F,
  options: ReplayOptions<Parameters<F>, ReplayResult<ReturnType<F>>>,
): AsyncGenerator<
  ReplayItem<Parameters<F>, ReplayResult<ReturnType<F>>>,
  ReplayReport<Parameters<F>, ReplayResult<ReturnType<F>>>
> {
  type Item = ReplayItem<Parameters<F>, ReplayResult<ReturnType<F>>>
  const left = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal
  const waiting: { item: Item; taken: () => void }[] = []
  let wake = Promise.withResolvers<void>()
  let isOver = false
  const onItem = (item: Item) =>
    new Promise<void>(taken => {
      if (left.signal.aborted) return taken()
      waiting.push({ item, taken })
      wake.resolve()
    })
  const running = replay(fn, { ...options, signal, onItem, keepItems: false }).finally(() => {
    isOver = true
    wake.resolve()
  })
  // Awaited below; until then its rejection must not be unhandled.
  running.catch(() => {})
  try {
    for (;;) {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        next.taken()
        yield next.item
      }
      if (isOver) return await running
      await wake.promise
      wake = Promise.withResolvers()
    }
  } finally {
    left.abort(new Error('its items are no longer read'))
    for (const { taken } of waiting) taken()
    await running.catch(() => {})
  }
}
