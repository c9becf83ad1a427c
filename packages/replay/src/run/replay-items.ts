import type { AnyFunction } from '@runtape/trace'
import type { ReplayOptions } from '../options.ts'
import type { ReplayItem, ReplayReport, ReplayResult } from '../report.ts'
import { replay } from './replay.ts'

/**
 * `replay`, item by item: it gives each one when it is finished, and in the end the report, without items. Items run
 * ahead of whoever reads them by as many as run at once, so that memory holds no more of them than that. Leaving it
 * early stops the replay, as `signal` does.
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
  // It is awaited below; until then nothing else would notice that it failed.
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
