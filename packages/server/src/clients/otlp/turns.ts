/** Work on the same thing, one after the other. */
export class Turns {
  /** By thing, the work that comes last. */
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does the work after all that was asked for before on one of these things, and did not end yet. */
  async take<Result>(things: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const before = things.flatMap(thing => this.#last.get(thing) ?? [])
    const result = before.length === 0 ? work() : Promise.allSettled(before).then(work)
    for (const thing of things) this.#last.set(thing, result)
    try {
      return await result
    } finally {
      for (const thing of things) if (this.#last.get(thing) === result) this.#last.delete(thing)
    }
  }
}
