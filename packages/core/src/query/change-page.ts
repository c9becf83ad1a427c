import type { Change } from '../store/changes.ts'

/** The changes of a page, each record once. */
export class ChangePage {
  readonly items: Change[] = []
  readonly #limit: number
  readonly #known = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Returns false if the page is full. */
  add(change: Change | undefined): boolean {
    if (change === undefined) return true
    const name = JSON.stringify(change)
    if (this.#known.has(name)) return true
    if (this.items.length === this.#limit) return false
    this.#known.add(name)
    this.items.push(change)
    return true
  }
}
