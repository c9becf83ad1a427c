import type { Place } from './notes.ts'

// Up to this number, comparing one by one is faster than hashing.
const few = 128

/** The objects seen so far, and where each was seen first. */
export class Seen {
  readonly #objects: object[] = []
  readonly #places: Place[] = []
  #many: Map<object, Place> | undefined

  /** The path at which `object` was seen before; otherwise registers it at `place`. */
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

  /** Forgets all but the first ones. */
  undo(size: number): void {
    this.#objects.length = Math.min(this.#objects.length, size)
    this.#places.length = this.#objects.length
    if (this.#many) this.#many = size < few ? undefined : new Map([...this.#many].slice(0, size))
  }

  forget(): void {
    // One by one: truncating frees the memory, which the next chunk of a stream would have to allocate again.
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
