/**
 * Sums numbers exactly and rounds once (Shewchuk's algorithm), so the sum does not depend on their order. Shards end in any
 * order, and a mean that just reaches its threshold must reach it in every order.
 */
export class FloatSum {
  /** Partial sums that do not overlap, smallest first. Together they are exactly the sum. */
  #parts: number[] = []

  add(value: number): void {
    const parts: number[] = []
    let rest = value
    for (const part of this.#parts) {
      const [larger, smaller] = Math.abs(rest) < Math.abs(part) ? [part, rest] : [rest, part]
      const sum = larger + smaller
      const lost = smaller - (sum - larger)
      if (lost !== 0) parts.push(lost)
      rest = sum
    }
    parts.push(rest)
    this.#parts = parts
  }

  /** The number that is nearest to the exact sum. */
  value(): number {
    let [sum, lost] = [0, 0]
    const parts = [...this.#parts]
    while (parts.length > 0 && lost === 0) {
      const [before, part] = [sum, parts.pop() as number]
      sum = before + part
      lost = part - (sum - before)
    }
    const next = parts.at(-1) ?? 0
    // Halfway between two numbers: the next partial sum decides.
    const isTie = lost !== 0 && next !== 0 && lost < 0 === next < 0
    const doubled = lost * 2
    return isTie && sum + doubled - sum === doubled ? sum + doubled : sum
  }
}
