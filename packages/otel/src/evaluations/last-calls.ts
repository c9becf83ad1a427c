import type { SpanRecord } from '@runtape/core'

/** What an evaluation says of the call that it is about. */
export interface EvaluatedCall {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
  readonly responseId?: string
}

/** Scores mostly come soon after their run; older runs are forgotten. */
const mostRuns = 10_000

/** The last model call of each recent run. */
export class LastCalls {
  readonly #byRun = new Map<string, EvaluatedCall>()

  note({ runId, traceId, spanId }: SpanRecord, traceFlags: number, responseId: unknown): void {
    if (runId === undefined) return
    this.#byRun.delete(runId)
    this.#byRun.set(runId, {
      traceId,
      spanId,
      traceFlags,
      ...(typeof responseId === 'string' && { responseId }),
    })
    if (this.#byRun.size > mostRuns) this.#forgetOldest()
  }

  of(runId: string): EvaluatedCall | undefined {
    return this.#byRun.get(runId)
  }

  #forgetOldest(): void {
    for (const oldest of this.#byRun.keys()) {
      this.#byRun.delete(oldest)
      return
    }
  }
}
