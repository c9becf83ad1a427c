import { mayBeSame, type ToldCall } from './told-calls.ts'

/**
 * Which spans tell of the same call, and which call is within which other. Spans with one answer are one call. A call is within one
 * other: two that it would be within are one, and so are all of a circle. So the order of spans decides nothing.
 */
export class SameCalls {
  readonly #joined = new Map<ToldCall, ToldCall>()
  /** By the span that stands for a call. */
  readonly #above = new Map<ToldCall, ToldCall>()

  constructor(calls: readonly ToldCall[]) {
    const byAnswer = new Map<string, ToldCall>()
    for (const call of calls) {
      if (call.answer === undefined) continue
      this.#join(call, byAnswer.get(call.answer) ?? call)
      byAnswer.set(call.answer, call)
    }
    const bySpan = new Map(calls.map(call => [call.spanId, call]))
    for (const call of calls) {
      const above = bySpan.get(call.parent)
      if (above && mayBeSame(call, above)) this.#put(call, above)
    }
    this.#joinCircles(calls)
  }

  /** The span that stands for the call. */
  of(call: ToldCall): ToldCall {
    let found = call
    for (let next = this.#joined.get(found); next; next = this.#joined.get(found)) {
      // Halves the way, so that long ones cost no more than others.
      const after = this.#joined.get(next)
      if (after) this.#joined.set(found, after)
      found = after ?? next
    }
    return found
  }

  /** The span that stands for the call around it. */
  above(call: ToldCall): ToldCall | undefined {
    const self = this.of(call)
    const above = this.#above.get(self)
    const found = above && this.of(above)
    return found === self ? undefined : found
  }

  #put(call: ToldCall, around: ToldCall): void {
    if (this.of(call) === this.of(around)) return
    const before = this.above(call)
    if (before) this.#join(before, around)
    else this.#above.set(this.of(call), around)
  }

  #join(one: ToldCall, other: ToldCall): void {
    const pairs: [ToldCall, ToldCall][] = [[one, other]]
    for (const [a, b] of pairs) {
      const [kept, gone] = [this.of(a), this.of(b)]
      if (kept === gone) continue
      const above = [this.above(kept), this.above(gone)].filter(call => call !== undefined)
      this.#joined.set(gone, kept)
      const [first, second] = above.filter(call => this.of(call) !== kept)
      if (first) this.#above.set(kept, first)
      if (first && second) pairs.push([first, second])
    }
  }

  #joinCircles(calls: readonly ToldCall[]): void {
    const walks = new Map<ToldCall, number>()
    for (const [walk, call] of calls.entries()) {
      let at: ToldCall | undefined = this.of(call)
      for (; at && !walks.has(at); at = this.above(at)) walks.set(at, walk)
      if (at === undefined || walks.get(at) !== walk) continue
      // The walk came back to where it was.
      for (let next = this.above(at); next && next !== this.of(at); next = this.above(at))
        this.#join(at, next)
    }
  }
}
