import type { BaselineSummary, ItemBaseline } from './item-baseline.ts'

/** Counts items by why they differ; keeps none. */
export class BaselineTally {
  readonly #counts = { change: 0, before: 0, unknown: 0, onlyBefore: 0, missing: 0 }

  add({ baseline }: { readonly baseline?: ItemBaseline }): void {
    if (!baseline) this.#counts.missing++
    else if (baseline.cause) this.#counts[baseline.cause]++
    else if (baseline.outcome !== 'same') this.#counts.onlyBefore++
  }

  summary(): BaselineSummary {
    return { ...this.#counts }
  }
}
