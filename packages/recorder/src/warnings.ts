import type { Logger, RecordIdentity, RunEvent, TapeRecord } from '@runtape/core'
import { identityOf, warnSafely } from '@runtape/core/internal'

/** What a recorder says, in one place. */
export class Warnings {
  readonly #logger: Logger
  #saidUnpriced = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  storeFails(message: string): void {
    this.#say(`The store takes nothing: ${message} Records wait and are sent again.`)
  }

  conflict(identity: RecordIdentity): void {
    this.#say(`${name(identity)} is already recorded with another value. The first one stands.`)
  }

  rejected(record: TapeRecord, reason: string): void {
    this.#say(`${name(identityOf(record))} was refused by the store and is left out: ${reason}`)
  }

  /** Says so at the first span, the tenth, the hundredth: often enough to be seen, never a flood. */
  dropped(spans: number): void {
    if (!Number.isInteger(Math.log10(spans))) return
    this.#say(
      `Memory for spans is full: ${spans} dropped so far, oldest first. Raise maxSpans or maxSpanBytes, or sample.`,
    )
  }

  closed(record: TapeRecord): void {
    this.#say(`The recorder is closed and does not take ${name(identityOf(record))}. Close it last.`)
  }

  /** Once: a list that fails for one fails for many. */
  unpriced(event: RunEvent, reason: string): void {
    if (this.#saidUnpriced) return
    this.#saidUnpriced = true
    this.#say(
      `The price list failed at ${name(identityOf(event))}: ${reason} Such records are kept without a cost.`,
    )
  }

  flushGaveUp(runEvents: number, spans: number, message: string): void {
    this.#say(
      `flush() could not write ${runEvents} run events and ${spans} spans: ${message} They are still waiting.`,
    )
  }

  exitFailed(records: number, message: string): void {
    this.#say(`${records} records could not be written at exit: ${message}`)
  }

  #say(message: string): void {
    warnSafely(this.#logger, message)
  }
}

function name(identity: RecordIdentity): string {
  if (identity.kind === 'span') return `span ${identity.spanId} of trace ${identity.traceId}`
  return `${identity.metric} of run ${identity.runId}`
}
