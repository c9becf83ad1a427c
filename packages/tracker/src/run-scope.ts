import {
  type ActiveRun,
  addUsage,
  type CallValue,
  type ErrorSummary,
  type RunCall,
  type TokenUsage,
} from '@runtape/core'

/** What a scope learned, once it is over. */
export interface ScopeResult {
  readonly error: ErrorSummary | undefined
  readonly usage: TokenUsage | undefined
  readonly timeToFirstTokenMs: number | undefined
}

/** What a scope tells its tracker. */
export interface ScopeHooks {
  keepCall(spanId: string, value: CallValue): void
  /** The scope is over; called once. */
  over(result: ScopeResult): void
  /** A call has started after the scope was over: too late to be summed. */
  late(spanId: string): void
}

/**
 * The provider calls of one `tracker.run`. It is over when the function has settled and every call started in it
 * has ended, so a stream that is read after the function returned still counts.
 */
export class RunScope implements ActiveRun {
  readonly runId: string
  readonly #hooks: ScopeHooks
  readonly #firstTokens: (number | undefined)[] = []
  #openCalls = 0
  #settled = false
  #isOver = false
  #error: ErrorSummary | undefined
  #usage: TokenUsage | undefined

  constructor(runId: string, hooks: ScopeHooks) {
    this.runId = runId
    this.#hooks = hooks
  }

  startCall(spanId: string): RunCall {
    const order = this.#firstTokens.push(undefined) - 1
    let ended = false
    if (this.#isOver) this.#hooks.late(spanId)
    this.#openCalls++
    return {
      end: value => {
        if (ended) return
        ended = true
        this.#endCall(spanId, order, value)
      },
    }
  }

  /** Says that the function has settled, with the error that it threw, if any. */
  settle(error?: ErrorSummary): void {
    this.#settled = true
    this.#error = error
    this.#finishIfOver()
  }

  #endCall(spanId: string, order: number, value: CallValue): void {
    this.#openCalls--
    this.#hooks.keepCall(spanId, value)
    this.#firstTokens[order] = value.timeToFirstTokenMs
    if (value.usage) this.#usage = this.#usage ? addUsage(this.#usage, value.usage) : value.usage
    // Nobody is left inside the scope to handle a stream that breaks after the function returned.
    if (this.#settled && value.status === 'error')
      this.#error ??= value.error ?? { name: 'Error', message: '' }
    this.#finishIfOver()
  }

  #finishIfOver(): void {
    if (this.#isOver || !this.#settled || this.#openCalls > 0) return
    this.#isOver = true
    const timeToFirstTokenMs = this.#firstTokens.find(ms => ms !== undefined)
    this.#hooks.over({ error: this.#error, usage: this.#usage, timeToFirstTokenMs })
  }
}
