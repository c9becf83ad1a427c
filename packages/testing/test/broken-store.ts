import type { Store } from '@runtape/core/store'

/** A store with one defect. */
export interface BrokenStore {
  readonly does: string
  readonly open: () => Store
  /** Titles of the cases that must detect the defect. */
  readonly breaks: readonly string[]
}
