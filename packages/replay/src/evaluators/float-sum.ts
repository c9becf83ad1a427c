/**
 * A sum of numbers without rounding on the way (Shewchuk's algorithm), so that it does not depend on their order: shards end
 * in any order, and a mean that just reaches its threshold must reach it in all of them.
 */
export class FloatSum {
  /** Their exact sum is the sum; they do not overlap, smallest first. */
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

  /** The number nearest to the sum. */
  value(): number {
    let [sum, lost] = [0, 0]
    const parts = [...this.#parts]
    while (parts.length > 0 && lost === 0) {
      const [before, part] = [sum, parts.pop() as number]
      sum = before + part
      lost = part - (sum - before)
    }
    const next = parts.at(-1) ?? 0
    // Half way between two numbers: what follows decides.
    const isTie = lost !== 0 && next !== 0 && lost < 0 === next < 0
    const doubled = lost * 2
    return isTie && sum + doubled - sum === doubled ? sum + doubled : sum
  }
}
