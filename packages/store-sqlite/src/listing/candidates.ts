import type { MatchingRuns } from '../filtering/matching-runs.ts'
import type { Sliced } from '../reading/in-slices.ts'
import type { FirstPlaces } from './first-places.ts'
import { compareIn, type Place, type Plan } from './plan.ts'

/** Adds places to a list. Reads their runs first if the query has conditions that columns cannot answer. */
export class Candidates {
  readonly #places: FirstPlaces
  readonly #matching: MatchingRuns | undefined
  readonly #compare: (a: Place, b: Place) => number
  #waiting: Place[] = []

  constructor(plan: Plan, places: FirstPlaces, matching: MatchingRuns | undefined) {
    this.#places = places
    this.#matching = matching
    this.#compare = compareIn(plan)
  }

  /** Whether every candidate belongs to the list, without reading its run. */
  get areAll(): boolean {
    return this.#matching === undefined
  }

  add(place: Place): void {
    if (this.#matching === undefined) this.#places.add(place)
    else if (this.#places.isNeeded(place)) this.#waiting.push(place)
  }

  /** Reads the runs of the waiting candidates, in the order of the list, until the list needs no more. */
  *settle(): Sliced<void> {
    const { runsAtOnce = 0 } = this.#matching ?? {}
    const waiting = this.#waiting.sort(this.#compare)
    this.#waiting = []
    for (let from = 0; from < waiting.length; from += runsAtOnce) {
      this.#places.trim()
      const some = waiting.slice(from, from + runsAtOnce).filter(place => this.#places.isNeeded(place))
      if (some.length === 0) return
      const matching = this.#matching && (yield* this.#matching.among(some.map(({ id }) => id)))
      for (const place of some) if (matching?.has(place.id)) this.#places.add(place)
      yield
    }
  }

  isBehind(value: number): boolean {
    return this.#places.isBehind(value)
  }
}
