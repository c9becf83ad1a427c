import {
  type AppendReceipt,
  type Logger,
  messageOf,
  type RecordIdentity,
  type RunEvent,
  type Sink,
  type SpanRecord,
  type Store,
  type TapeRecord,
  warnSafely,
} from '@runtape/core'
import { backoffMs } from './backoff.ts'
import { type RecorderDiagnostics, Tallies } from './diagnostics.ts'
import { flushOnExit } from './on-exit.ts'
import { SpanBuffer } from './span-buffer.ts'

/** A sink in front of a store. */
export interface Recorder extends Sink {
  diagnostics(): RecorderDiagnostics
}

export interface RecorderLimits {
  readonly maxSpans: number
  readonly maxSpanBytes: number
  readonly batchSize: number
  readonly flushIntervalMs: number
  readonly flushAttempts: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
}

// More than this in one batch would keep a store busy for too long at a stretch.
const batchBytes = 1024 * 1024

export class StoreRecorder implements Recorder {
  readonly #store: Store
  readonly #logger: Logger
  readonly #limits: RecorderLimits
  readonly #spans: SpanBuffer
  readonly #tallies = new Tallies()
  readonly #forgetExit: () => void
  #events: RunEvent[] = []
  #inFlight: readonly TapeRecord[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #closed = false

  constructor(store: Store, logger: Logger, limits: RecorderLimits) {
    this.#store = store
    this.#logger = logger
    this.#limits = limits
    this.#spans = new SpanBuffer({ maxSpans: limits.maxSpans, maxBytes: limits.maxSpanBytes })
    this.#forgetExit = flushOnExit({ flush: () => this.flush(), flushSync: () => this.#flushSync() })
  }

  append(record: TapeRecord): void {
    if (this.#closed) return this.#refuse(record)
    if (record.kind === 'span') {
      this.#spans.push(record)
      if (this.#spans.length >= this.#limits.batchSize) this.#write()
      else this.#schedule(this.#limits.flushIntervalMs)
    } else if (!this.#keepNow(record)) {
      this.#events.push(record)
      this.#schedule(0)
    }
  }

  async flush(): Promise<void> {
    for (let failures = 0; this.#waiting(); ) {
      if (await this.#writeAll()) continue
      failures++
      if (failures >= this.#limits.flushAttempts) return this.#giveUpFlush()
      await sleep(backoffMs(failures, this.#limits.retryBaseMs, this.#limits.retryMaxMs))
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.flush()
    this.#closed = true
    this.#forgetExit()
    clearTimeout(this.#timer)
  }

  diagnostics(): RecorderDiagnostics {
    const { accepted, duplicates, conflicts, failing } = this.#tallies
    const flying = this.#inFlight.filter(record => record.kind === 'span').length
    const queued = {
      runEvents: this.#events.length + this.#inFlight.length - flying,
      spans: this.#spans.length + flying,
    }
    const droppedSpans = this.#spans.dropped
    return {
      queued,
      accepted,
      duplicates,
      conflicts,
      droppedSpans,
      ...(failing && { failing: { ...failing } }),
    }
  }

  // Billing data: with an embedded store it is on disk before track*() returns.
  #keepNow(event: RunEvent): boolean {
    if (!this.#store.appendSync) return false
    try {
      this.#note(this.#store.appendSync([event]))
      return true
    } catch (error) {
      this.#fail(error)
      return false
    }
  }

  #waiting(): boolean {
    return this.#events.length > 0 || this.#spans.length > 0 || this.#inFlight.length > 0
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined || this.#writing) return
    this.#timer = setTimeout(() => this.#write(), ms)
    this.#timer.unref()
  }

  #write(): void {
    void this.#writeAll().then(done => {
      if (done || this.#closed) return
      const { retryBaseMs, retryMaxMs } = this.#limits
      this.#schedule(backoffMs(this.#tallies.failing?.attempts ?? 1, retryBaseMs, retryMaxMs))
    })
  }

  /** Resolves to whether everything was written. One writer at a time keeps the order. */
  async #writeAll(): Promise<boolean> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
    })
    await this.#writing
    return !this.#waiting()
  }

  async #drain(): Promise<void> {
    while (this.#waiting()) {
      const events = this.#events
      this.#events = []
      const spans = this.#spans.take(this.#limits.batchSize, batchBytes)
      this.#inFlight = [...events, ...spans]
      try {
        this.#note(await this.#store.append(this.#inFlight))
      } catch (error) {
        this.#fail(error)
        this.#putBack(events, spans)
        return
      } finally {
        this.#inFlight = []
      }
    }
  }

  #putBack(events: readonly RunEvent[], spans: readonly SpanRecord[]): void {
    this.#events = [...events, ...this.#events]
    this.#spans.putBack(spans)
  }

  // What is in flight is sent again: if the store has it already, it is a duplicate, and that is harmless.
  #flushSync(): void {
    if (!this.#store.appendSync) return
    const spans = this.#spans.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
    const records = [...this.#inFlight, ...this.#events, ...spans]
    this.#events = []
    if (records.length === 0) return
    try {
      this.#note(this.#store.appendSync(records))
    } catch (error) {
      warnSafely(this.#logger, `${records.length} records could not be written at exit: ${messageOf(error)}`)
    }
  }

  #note({ accepted, duplicates, conflicts, conflicting }: AppendReceipt): void {
    this.#tallies.accepted += accepted
    this.#tallies.duplicates += duplicates
    this.#tallies.conflicts += conflicts
    this.#tallies.failing = undefined
    for (const identity of conflicting) this.#warnConflict(identity)
  }

  #fail(error: unknown): void {
    const message = messageOf(error)
    const failing = this.#tallies.failing
    if (failing) Object.assign(failing, { message, attempts: failing.attempts + 1 })
    else {
      this.#tallies.failing = { message, since: Date.now(), attempts: 1 }
      warnSafely(
        this.#logger,
        `The store takes nothing: ${message} Records wait in memory and are tried again.`,
      )
    }
  }

  #giveUpFlush(): void {
    const { queued, failing } = this.diagnostics()
    const waiting = `${queued.runEvents} run events and ${queued.spans} spans`
    warnSafely(
      this.#logger,
      `flush() could not write ${waiting}: ${failing?.message} They are still waiting.`,
    )
  }

  #refuse(record: TapeRecord): void {
    const what =
      record.kind === 'span' ? `a span of ${record.key}` : `${record.metric} of run ${record.runId}`
    warnSafely(this.#logger, `The recorder is closed and does not take ${what}. Close it last.`)
  }

  #warnConflict(identity: RecordIdentity): void {
    const what =
      identity.kind === 'span' ? `Span ${identity.spanId}` : `${identity.metric} of run ${identity.runId}`
    warnSafely(this.#logger, `${what} is already recorded with another value. The first one stands.`)
  }
}

const sleep = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))
