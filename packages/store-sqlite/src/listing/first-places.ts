import { isBackwards } from './cursors.ts'
import { compareIn, type Place, type Plan } from './plan.ts'

/** Keeps the first places of a list. Places are added in any order. */
export class FirstPlaces {
  readonly #most: number
  readonly #compare: (a: Place, b: Place) => number
  readonly #after: Place | undefined
  /** Whether the place of the cursor itself belongs to the page. */
  readonly #isInclusive: boolean
  /** Comes before all places with the same value. */
  readonly #firstId: number
  #places: Place[] = []
  /** The last place that is needed so far. */
  #last: Place | undefined

  constructor(plan: Plan) {
    this.#most = plan.limit + 1
    this.#compare = compareIn(plan)
    const { cursor } = plan
    this.#after = cursor && { value: cursor.time ?? Number.NaN, id: Number(cursor.id) }
    this.#isInclusive = cursor?.step === 'upTo'
    this.#firstId = isBackwards(plan) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }

  /** Whether the place is needed, as known so far. */
  isNeeded(place: Place): boolean {
    if (this.#last && this.#compare(place, this.#last) >= 0) return false
    return !this.#after || this.#compare(place, this.#after) >= (this.#isInclusive ? 0 : 1)
  }

  add(place: Place): void {
    if (!this.isNeeded(place)) return
    this.#places.push(place)
    if (this.#places.length >= 2 * this.#most + 64) this.#cut()
  }

  /** Whether all places with this value or a later one come after the last place that is needed. */
  isBehind(value: number): boolean {
    if (this.#places.length < this.#most) return false
    this.trim()
    // Places with the same value can be in any order.
    return this.#last !== undefined && this.#compare({ value, id: this.#firstId }, this.#last) > 0
  }

  /** Drops the places that are not needed. */
  trim(): void {
    if (this.#places.length > this.#most || this.#last === undefined) this.#cut()
  }

  /** The places in order, one more than the page has if there is one. */
  inOrder(): Place[] {
    this.#cut()
    return this.#places
  }

  #cut(): void {
    this.#places = this.#places.sort(this.#compare).slice(0, this.#most)
    if (this.#places.length === this.#most) this.#last = this.#places.at(-1)
  }
}
