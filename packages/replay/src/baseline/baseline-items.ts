import type { ReplayItem } from '../report.ts'
import type { ReplaySource } from '../select/source.ts'
import { causeOf } from './cause-of.ts'
import type { BaselineFacts, BaselineSummary, ItemBaseline, KeptBaseline } from './item-baseline.ts'
import { idOf } from './source-id.ts'

/** The items as replayed with the code before the change. */
export class BaselineItems {
  readonly #items = new Map<string, ReplayItem>()
  readonly #kept: Record<string, KeptBaseline> = {}
  readonly #summary = { change: 0, before: 0, unknown: 0, onlyBefore: 0, missing: 0 }

  add(item: ReplayItem): void {
    const { sourceTraceId: traceId, sourceSpanId: spanId } = item
    this.#items.set(idOf({ traceId, ...(spanId !== undefined && { spanId }) }), item)
  }

  /** Compares an item with its baseline, and then releases the baseline. */
  compared(item: ReplayItem, source: ReplaySource): ReplayItem {
    const id = idOf(source)
    const before = this.#items.get(id)
    this.#items.delete(id)
    if (!before) {
      this.#summary.missing++
      return item
    }
    const { outcome, reason, error, traceId, diff } = before
    const explained = causeOf(item, before)
    if (explained.cause) this.#summary[explained.cause]++
    else if (outcome !== 'same') this.#summary.onlyBefore++
    const baseline: ItemBaseline = {
      outcome,
      ...(reason !== undefined && { reason }),
      error,
      traceId,
      ...explained,
      ...(diff && { diff }),
    }
    if (outcome !== 'same' || baseline.cause) this.#kept[id] = keptOf(baseline)
    return { ...item, baseline }
  }

  /** The facts that the test run keeps of the baseline. */
  facts(): BaselineFacts {
    return { summary: this.summary(), items: this.#kept }
  }

  summary(): BaselineSummary {
    return { ...this.#summary }
  }
}

const keptOf = ({ outcome, traceId, cause, places }: ItemBaseline): KeptBaseline => ({
  outcome,
  traceId,
  ...(cause && { cause }),
  ...(places && { places }),
})
