/** Scores mostly come soon after their run; older runs are forgotten. */
const mostRuns = 10_000

/** The latest value of each recent run. */
export class RecentRuns<Value> {
  readonly #byRun = new Map<string, Value>()

  set(runId: string, value: Value): void {
    this.#byRun.delete(runId)
    this.#byRun.set(runId, value)
    if (this.#byRun.size > mostRuns) this.#forgetOldest()
  }

  of(runId: string | undefined): Value | undefined {
    return runId === undefined ? undefined : this.#byRun.get(runId)
  }

  #forgetOldest(): void {
    for (const oldest of this.#byRun.keys()) {
      this.#byRun.delete(oldest)
      return
    }
  }
}
