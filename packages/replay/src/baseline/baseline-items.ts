import type { Evaluator } from '../evaluators/evaluator.ts'
import type { ReplayItem } from '../report.ts'
import type { ReplaySource } from '../select/source.ts'
import { causeOf } from './cause-of.ts'
import type { ItemBaseline } from './item-baseline.ts'
import { markKnownCalls } from './known-calls.ts'
import { idOf } from './source-id.ts'

/** The items as replayed with the code before the change. */
export class BaselineItems {
  readonly #items = new Map<string, ReplayItem>()
  /** Names of the evaluators that compare with the recording. */
  readonly #comparing: readonly string[]

  constructor(evaluators: readonly Evaluator[] = []) {
    this.#comparing = evaluators.flatMap(each => (each.comparesWithRecording ? [each.name] : []))
  }

  add(item: ReplayItem): void {
    const { sourceTraceId: traceId, sourceSpanId: spanId } = item
    this.#items.set(idOf({ traceId, ...(spanId !== undefined && { spanId }) }), item)
  }

  /** One attempt of an item, compared with all attempts before the change. */
  compared(item: ReplayItem, source: ReplaySource): ReplayItem {
    const before = this.#items.get(idOf(source))
    if (!before) return item
    const { outcome, reason, error, traceId, diff } = before
    const explained = causeOf(item, before)
    // A failure shows nothing about the change, so nothing excuses it.
    const isExcused = explained.cause === 'before' && item.outcome !== 'failed' && this.#comparing.length > 0
    const baseline: ItemBaseline = {
      outcome,
      ...(reason !== undefined && { reason }),
      error,
      traceId,
      ...explained,
      ...(isExcused && { excused: this.#comparing }),
      ...(diff && { diff }),
    }
    return { ...item, baseline, ...(item.diff && diff && { diff: markKnownCalls(item.diff, diff) }) }
  }

  /** Releases an item that is no longer compared. */
  release(source: ReplaySource): void {
    this.#items.delete(idOf(source))
  }
}
