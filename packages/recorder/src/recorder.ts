import type { AppendReceipt, RunEvent, Sink, SpanRecord, Store, TapeRecord } from '@runtape/core'
import {
  messageOf,
  monotonicNow,
  realDelay,
  realTimers,
  runBeforeLastFlush,
  whenHandedOver,
} from '@runtape/core/internal'
import { backoffMs } from './backoff.ts'
import { type RecorderDiagnostics, Tallies } from './diagnostics.ts'
import type { EventQueue } from './event-queue.ts'
import { flushOnExit } from './on-exit.ts'
import type { Pricing } from './prices.ts'
import { SpanBuffer } from './span-buffer.ts'
import { isInvalid, type WriteResult, writeBatch, writeBatchSync } from './store-writer.ts'
import type { Warnings } from './warnings.ts'

/** A sink in front of a store. */
export interface Recorder extends Sink {
  /** What waits, what was kept, dropped, duplicated or in conflict, and why nothing arrives. */
  diagnostics(): RecorderDiagnostics
}

export interface RecorderLimits {
  /** Spans that may wait in memory; 20,000 when left out. */
  readonly maxSpans: number
  /** Bytes of payload that may wait in memory; 64 MiB when left out. */
  readonly maxSpanBytes: number
  /** Records that are written together; 200 when left out. */
  readonly batchSize: number
  /** How long a span waits for others, in milliseconds; 100 when left out. */
  readonly flushIntervalMs: number
  /** How often `flush` tries a failing store before it gives up waiting; 5 when left out. */
  readonly flushAttempts: number
  /** The first wait after a failure, in milliseconds; it doubles with each further one. 50 when left out. */
  readonly retryBaseMs: number
  /** The longest wait, in milliseconds; 30,000 when left out. */
  readonly retryMaxMs: number
  /** How long the store may take for a batch, in milliseconds; 30,000 when left out. */
  readonly appendTimeoutMs: number
  /** How long an event of the outbox is this process's to send, in milliseconds; 60,000 when left out. */
  readonly leaseMs: number
}

// More than this in one batch would keep a store busy for too long at a stretch.
const batchBytes = 1024 * 1024

export class StoreRecorder implements Recorder {
  readonly #store: Store
  readonly #events: EventQueue
  readonly #warnings: Warnings
  readonly #limits: RecorderLimits
  readonly #price: Pricing | undefined
  readonly #spans: SpanBuffer
  readonly #tallies = new Tallies()
  readonly #forgetExit: () => void
  readonly #watch: NodeJS.Timeout
  #inFlight: readonly TapeRecord[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<boolean> | undefined
  #askedToWaitMs = 0
  #notAskedBefore = 0
  #closed = false

  constructor(store: Store, events: EventQueue, warnings: Warnings, limits: RecorderLimits, price?: Pricing) {
    this.#store = store
    this.#events = events
    this.#warnings = warnings
    this.#limits = limits
    this.#price = price
    this.#spans = new SpanBuffer({ maxSpans: limits.maxSpans, maxBytes: limits.maxSpanBytes })
    this.#forgetExit = flushOnExit({ flush: () => this.flush(), flushSync: () => this.#flushSync() })
    // What another process left behind is sent at once, and what one leaves later when its lease is over.
    const takeOver = () => void (events.size() > 0 && this.#schedule(0))
    this.#watch = realTimers.setInterval(takeOver, limits.leaseMs).unref()
    takeOver()
  }

  /** Gives `false` for a record that nobody keeps, or that would be lost if the process died now. */
  append(record: TapeRecord): boolean {
    if (this.#closed) {
      this.#warnings.closed(record)
      return false
    }
    if (record.kind === 'span') return this.#appendSpan(record)
    return this.#appendEvent(this.#price ? this.#price(record) : record)
  }

  async flush(): Promise<void> {
    await whenHandedOver()
    await this.#writeAll()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await whenHandedOver()
    const isWritten = await this.#writeAll()
    // A replay has to know of calls that have not ended; how they end is lost.
    runBeforeLastFlush(this)
    this.#closed = true
    // What came between the last look and now was still taken.
    if (isWritten) await this.#writeAll()
    this.#forgetExit()
    realTimers.clearTimeout(this.#timer)
    realTimers.clearInterval(this.#watch)
  }

  diagnostics(): RecorderDiagnostics {
    const { accepted, duplicates, conflicts, rejected, lastAcceptedAt, failing } = this.#tallies
    const outboxProblem = this.#events.problem?.()
    return {
      queued: this.#queued(),
      accepted,
      duplicates,
      conflicts,
      droppedSpans: this.#spans.dropped,
      rejected,
      ...(lastAcceptedAt !== undefined && { lastAcceptedAt }),
      ...(failing && { failing: { ...failing } }),
      ...(outboxProblem !== undefined && { outboxProblem }),
      closed: this.#closed,
    }
  }

  /** False when it gave up. */
  async #writeAll(): Promise<boolean> {
    // A write that is under way may have looked for the last time before the newest record came.
    await this.#writing
    for (let failures = 1; !(await this.#write()); failures++) {
      if (failures >= this.#limits.flushAttempts) return this.#giveUpFlush()
      await realDelay(this.#backoff(failures))
    }
    return true
  }

  #appendSpan(span: SpanRecord): boolean {
    const { dropped } = this.#spans
    this.#spans.push(span)
    if (this.#spans.dropped > dropped) this.#warnings.dropped(this.#spans.dropped)
    this.#schedule(this.#spans.length >= this.#limits.batchSize ? 0 : this.#limits.flushIntervalMs)
    return true
  }

  // Billing data: with an embedded store it is on disk before track*() returns.
  #appendEvent(event: RunEvent): boolean {
    const started = monotonicNow()
    if (this.#store.appendSync && started >= this.#notAskedBefore) {
      try {
        this.#note(this.#store.appendSync([event]))
        return true
      } catch (error) {
        if (isInvalid(error)) return this.#reject(event, messageOf(error))
        this.#fail(error)
        this.#notAskedBefore = notBefore(started)
      }
    }
    const safe = this.#events.push(event)
    this.#schedule(this.#retryMs())
    return safe
  }

  #queued(): RecorderDiagnostics['queued'] {
    const flying = this.#inFlight.filter(record => record.kind === 'span').length
    return { runEvents: this.#events.size(), spans: this.#spans.length + flying }
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined && ms > 0) return
    realTimers.clearTimeout(this.#timer)
    this.#timer = realTimers.setTimeout(() => void this.#writeAndRetry(), Math.max(ms, this.#retryMs()))
    this.#timer.unref()
  }

  async #writeAndRetry(): Promise<void> {
    if (!(await this.#write()) && !this.#closed) this.#schedule(this.#retryMs())
  }

  // While the store fails, whatever comes waits for the next try.
  #retryMs(): number {
    return this.#tallies.failing ? this.#backoff(this.#tallies.failing.attempts) : 0
  }

  #backoff(failures: number): number {
    return Math.max(
      this.#askedToWaitMs,
      backoffMs(failures, this.#limits.retryBaseMs, this.#limits.retryMaxMs),
    )
  }

  /** Writes until nothing waits; false when the store failed. One writer at a time keeps the order. */
  #write(): Promise<boolean> {
    realTimers.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #drain(): Promise<boolean> {
    for (;;) {
      const events = this.#events.take(this.#limits.batchSize)
      const spans = this.#spans.take(this.#limits.batchSize - events.events.length, batchBytes)
      this.#inFlight = [...events.events, ...spans]
      if (this.#inFlight.length === 0) return true
      try {
        const result = await writeBatch(this.#store, this.#inFlight, this.#limits.appendTimeoutMs)
        events.done()
        this.#conclude(result)
      } catch (error) {
        events.failed()
        this.#spans.putBack(spans)
        this.#fail(error)
        return false
      } finally {
        this.#inFlight = []
      }
    }
  }

  // What is in flight is sent again: if the store has it already, it is a duplicate, and that is harmless.
  #flushSync(): void {
    const { appendSync } = this.#store
    if (!appendSync) return
    const events = this.#events.take(Number.MAX_SAFE_INTEGER)
    const spans = this.#spans.take(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    const records = [...this.#inFlight, ...events.events, ...spans]
    if (records.length === 0) return
    try {
      this.#conclude(writeBatchSync(batch => appendSync.call(this.#store, batch), records))
      events.done()
    } catch (error) {
      events.failed()
      this.#warnings.exitFailed(records.length, messageOf(error))
    }
  }

  #conclude({ receipts, rejected }: WriteResult): void {
    for (const receipt of receipts) this.#note(receipt)
    for (const { record, reason } of rejected) this.#reject(record, reason)
  }

  #note(receipt: AppendReceipt): void {
    this.#tallies.add(receipt)
    this.#askedToWaitMs = 0
    this.#notAskedBefore = 0
    for (const identity of receipt.conflicting) this.#warnings.conflict(identity)
  }

  #reject(record: TapeRecord, reason: string): false {
    this.#tallies.rejected++
    this.#warnings.rejected(record, reason)
    return false
  }

  #fail(error: unknown): void {
    const message = messageOf(error)
    const { retryAfterMs } = (error ?? {}) as { retryAfterMs?: unknown }
    this.#askedToWaitMs =
      typeof retryAfterMs === 'number' ? Math.min(retryAfterMs, this.#limits.retryMaxMs) : 0
    if (this.#tallies.fail(message)) this.#warnings.storeFails(message)
  }

  #giveUpFlush(): false {
    const { runEvents, spans } = this.#queued()
    this.#warnings.flushGaveUp(runEvents, spans, this.#tallies.failing?.message ?? '')
    return false
  }
}

/**
 * When to ask a store again that has just failed. A locked database says so only after its busy timeout, which holds the
 * whole process up: a tenth of the time is enough for that. It is asked earlier once a retry has found it well.
 */
function notBefore(started: number): number {
  const now = monotonicNow()
  const heldUp = now - started
  return heldUp < 100 ? 0 : now + 9 * heldUp
}
