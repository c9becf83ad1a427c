import type { Place } from './notes.ts'

// As long as there are so few, comparing them one by one is faster than hashing them.
const few = 128

/** The objects that were met so far, and where each was met first. */
export class Seen {
  readonly #objects: object[] = []
  readonly #places: Place[] = []
  #many: Map<object, Place> | undefined

  /** Where `object` was met before; if it was not, it is now met at `place`. */
  meet(object: object, place: Place): Place | undefined {
    if (this.#many) return this.#meetAmongMany(this.#many, object, place)
    const index = this.#objects.indexOf(object)
    if (index !== -1) return this.#places[index]
    this.#objects.push(object)
    this.#places.push(place)
    if (this.#objects.length === few) this.#becomeMany()
    return undefined
  }

  get size(): number {
    return this.#many?.size ?? this.#objects.length
  }

  /** Forgets all but the first so many. */
  undo(size: number): void {
    this.#objects.length = Math.min(this.#objects.length, size)
    this.#places.length = this.#objects.length
    if (this.#many) this.#many = size < few ? undefined : new Map([...this.#many].slice(0, size))
  }

  forget(): void {
    // One by one: what is cut off gives its memory back, and the next chunk of a stream would have to get it again.
    while (this.#objects.pop()) this.#places.pop()
    this.#many = undefined
  }

  #meetAmongMany(many: Map<object, Place>, object: object, place: Place): Place | undefined {
    const first = many.get(object)
    if (!first) many.set(object, place)
    return first
  }

  #becomeMany(): void {
    this.#many = new Map()
    for (const [index, object] of this.#objects.entries())
      this.#many.set(object, this.#places[index] as Place)
  }
}
