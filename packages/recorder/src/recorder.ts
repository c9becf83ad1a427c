import { isMainThread } from 'node:worker_threads'
import type { RunEvent, Sink, SpanRecord, TapeRecord } from '@runtape/core'
import {
  messageOf,
  monotonicNow,
  type Pricing,
  realDelay,
  realTimers,
  recordProblem,
  runBeforeLastFlush,
  whenHandedOver,
} from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import type { EventQueue } from './events/event-queue.ts'
import type { RecorderLimits } from './limits.ts'
import { flushOnExit } from './on-exit.ts'
import { Account } from './reporting/account.ts'
import type { RecorderDiagnostics } from './reporting/diagnostics.ts'
import { HealthNotes } from './reporting/health-notes.ts'
import type { Warnings } from './reporting/warnings.ts'
import { SpanBuffer } from './spans/span-buffer.ts'
import { Patience } from './writing/patience.ts'
import {
  inTime,
  isInvalid,
  isOfOneRecord,
  type Refusal,
  type WriteResult,
  writeBatch,
  writeBatchSync,
} from './writing/store-writer.ts'

/** A sink in front of a store. */
export interface Recorder extends Sink {
  /** Queued, kept, dropped, duplicate and conflicting records, and why nothing is written. */
  diagnostics(): RecorderDiagnostics
}

// Larger batches would block a store for too long.
const batchBytes = 1024 * 1024

/** The parts of a recorder. */
interface RecorderParts {
  readonly store: Store
  readonly events: EventQueue
  readonly warnings: Warnings
  readonly limits: RecorderLimits
  /** Adds costs to events. Default: events have no costs. */
  readonly price?: Pricing | undefined
}

export class StoreRecorder implements Recorder {
  readonly #store: Store
  readonly #events: EventQueue
  readonly #warnings: Warnings
  readonly #limits: RecorderLimits
  readonly #price: Pricing | undefined
  readonly #spans: SpanBuffer
  readonly #notes = new HealthNotes()
  readonly #account: Account
  readonly #patience: Patience
  readonly #forgetExit: () => void
  readonly #watch: NodeJS.Timeout
  #inFlight: readonly TapeRecord[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<boolean> | undefined
  /** Events that cannot be written even alone, and that the store cannot set aside: they are retried occasionally. */
  #parked: RunEvent[] = []
  #closed = false

  constructor({ store, events, warnings, limits, price }: RecorderParts) {
    this.#store = store
    this.#events = events
    this.#warnings = warnings
    this.#account = new Account(warnings, this.#notes)
    this.#patience = new Patience(limits)
    this.#limits = limits
    this.#price = price
    this.#spans = new SpanBuffer({ maxSpans: limits.maxSpans, maxBytes: limits.maxSpanBytes }, span =>
      this.#notes.count('dropped-span', span),
    )
    this.#forgetExit = flushOnExit({ flush: () => this.flush(), flushSync: () => this.#flushSync() })
    // Events left by another process are sent immediately, later ones when their lease expires.
    const takeOver = () => void (events.size() > 0 && this.#schedule(0))
    const again = () => {
      this.#unpark()
      takeOver()
    }
    this.#watch = realTimers.setInterval(again, limits.leaseMs).unref()
    takeOver()
  }

  /** Returns `false` for a record that is not kept, or that would be lost if the process died now. Never throws. */
  append(record: TapeRecord): boolean {
    if (this.#closed) {
      this.#warnings.closed(record)
      return false
    }
    const problem = recordProblem(record)
    if (problem !== undefined) return this.#reject(record, problem)
    if (record.kind === 'span') return this.#appendSpan(record)
    this.#account.tallies.observe(record)
    return this.#appendEvent(this.#price ? this.#price(record) : record)
  }

  get isClosed(): boolean {
    return this.#closed
  }

  async flush(): Promise<void> {
    await whenHandedOver()
    await this.#writeAll()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await whenHandedOver()
    const isWritten = await this.#writeAllInTime()
    // A replay needs to know of open calls. Their results are lost.
    runBeforeLastFlush(this)
    this.#closed = true
    // Records that arrived since the last check were still accepted.
    if (isWritten) await this.#writeAllInTime()
    // The rest has one more chance when the process ends.
    if (this.#isEmpty()) this.#forgetExit()
    realTimers.clearTimeout(this.#timer)
    realTimers.clearInterval(this.#watch)
  }

  diagnostics(): RecorderDiagnostics {
    const { lastAcceptedAt, failing, lastSetAside, ...counts } = this.#account.tallies
    const outboxProblem = this.#events.problem?.()
    const notes = [...(this.#store.diagnostics?.().notes ?? []), ...(this.#events.notes?.() ?? [])]
    return {
      queued: this.#queued(),
      ...counts,
      droppedSpans: this.#spans.dropped,
      ...(lastSetAside !== undefined && { lastSetAside }),
      ...(lastAcceptedAt !== undefined && { lastAcceptedAt }),
      ...(failing && { failing: { ...failing } }),
      ...(outboxProblem !== undefined && { outboxProblem }),
      ...(notes.length > 0 && { notes }),
      closed: this.#closed,
    }
  }

  async #writeAllInTime(): Promise<boolean> {
    const { closeTimeoutMs } = this.#limits
    try {
      return await inTime(this.#writeAll(), closeTimeoutMs)
    } catch {
      this.#warnings.closeGaveUp(closeTimeoutMs)
      return false
    }
  }

  #isEmpty(): boolean {
    const { runEvents, spans } = this.#queued()
    return runEvents === 0 && spans === 0 && this.#inFlight.length === 0
  }

  /** False if it gave up. */
  async #writeAll(): Promise<boolean> {
    // A running write may have checked before the newest record arrived.
    await this.#writing
    for (let failures = 1; !(await this.#write()); failures++) {
      if (failures >= this.#limits.flushAttempts) return this.#giveUpFlush()
      await realDelay(this.#patience.waitMs(failures))
    }
    const problem = this.#events.problem?.()
    if (problem === undefined || this.#events.size() === 0) return true
    this.#warnings.outboxFails(this.#events.size(), problem)
    return false
  }

  #reject(record: TapeRecord, reason: string): false {
    this.#schedule(this.#limits.flushIntervalMs)
    return this.#account.rejected(record, reason)
  }

  #appendSpan(span: SpanRecord): boolean {
    // No event tells a worker thread that the main thread ends.
    const isWritten = isMainThread ? undefined : this.#writeNow(span)
    if (isWritten !== undefined) return isWritten
    const { dropped } = this.#spans
    this.#spans.push(span)
    if (this.#spans.dropped > dropped) this.#warnings.dropped(this.#spans.dropped)
    this.#schedule(this.#spans.length >= this.#limits.batchSize ? 0 : this.#limits.flushIntervalMs)
    return true
  }

  // Billing data: with an embedded store it is on disk before track*() returns.
  #appendEvent(event: RunEvent): boolean {
    const isWritten = this.#writeNow(event)
    if (isWritten !== undefined) return isWritten
    const pushed = this.#events.push(event)
    this.#schedule(this.#retryMs())
    if (pushed === 'conflict') this.#account.conflict(event)
    else if (pushed === 'full') this.#account.refusedForMemory(event)
    else if (pushed === 'repeat' || pushed === 'unsafe-repeat') this.#account.repeated()
    return pushed === 'safe' || pushed === 'repeat'
  }

  /** Writes to an embedded store synchronously: `false` for an invalid record, `undefined` if it must be queued. */
  #writeNow(record: TapeRecord): boolean | undefined {
    const started = monotonicNow()
    if (!this.#store.appendSync || !this.#patience.mayAsk(started)) return undefined
    try {
      this.#written(this.#store.appendSync([record]))
      return true
    } catch (error) {
      if (isInvalid(error)) return this.#reject(record, messageOf(error))
      if (isOfOneRecord(error)) return undefined
      this.#patience.failed(error)
      this.#patience.keptWaiting(started)
      this.#account.failed(messageOf(error))
      return undefined
    }
  }

  #queued(): RecorderDiagnostics['queued'] {
    const flying = this.#inFlight.filter(record => record.kind === 'span').length
    return { runEvents: this.#events.size() + this.#parked.length, spans: this.#spans.length + flying }
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

  /** A write that was scheduled while another was on its way waits as long as that one's failure asks for. */
  #postpone(): void {
    if (this.#timer === undefined) return
    realTimers.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#schedule(this.#retryMs())
  }

  // While the store fails, new records wait for the next try.
  #retryMs(): number {
    return this.#account.tallies.failing ? this.#patience.waitMs(this.#account.tallies.failing.attempts) : 0
  }

  /** Writes until the queues are empty; false if the store failed. One writer at a time keeps the order. */
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
      if (this.#inFlight.length === 0) {
        if (this.#notes.isNew) await this.#notes.tell(this.#store, this.#limits.appendTimeoutMs)
        return true
      }
      try {
        const { appendTimeoutMs } = this.#limits
        const { isSuspicious } = this.#patience
        const result = await writeBatch(this.#store, this.#inFlight, appendTimeoutMs, isSuspicious)
        this.#conclude(result, events.done(reasonsOf(result.refused)))
      } catch (error) {
        events.failed()
        this.#spans.putBack(spans)
        this.#patience.batchFailed(error)
        this.#account.failed(messageOf(error))
        this.#postpone()
        return false
      } finally {
        this.#inFlight = []
      }
    }
  }

  // Records in flight are sent again: if the store already has them, they are harmless duplicates.
  #flushSync(): void {
    if (!this.#store.appendSync) return
    const events = this.#events.take(Number.MAX_SAFE_INTEGER)
    const spans = this.#spans.take(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    const records = [...this.#inFlight, ...events.events, ...this.#parked.splice(0), ...spans]
    try {
      if (records.length > 0) {
        const result = writeBatchSync(this.#store, records)
        this.#conclude(result, events.done(reasonsOf(result.refused)))
      }
    } catch (error) {
      events.failed()
      this.#warnings.exitFailed(records.length, messageOf(error))
    }
    if (this.#notes.isNew) this.#notes.tellSync(this.#store)
  }

  #conclude({ receipts, rejected, setAside, refused }: WriteResult, apart: ReadonlySet<TapeRecord>): void {
    this.#patience.batchWritten()
    for (const receipt of receipts) this.#written(receipt)
    for (const { record, reason } of rejected) this.#account.rejected(record, reason)
    for (const { record, reason } of setAside) this.#account.setAside(record, reason)
    for (const refusal of refused) this.#refuse(refusal, apart.has(refusal.record))
  }

  #written(answer: unknown): void {
    this.#patience.succeeded()
    this.#account.written(answer)
  }

  /** For a record that cannot be written even alone, and that the store does not set aside. */
  #refuse({ record, reason, isFinal }: Refusal, isApart: boolean): void {
    if (isApart) this.#account.setAsideByOutbox(record, reason)
    else if (record.kind === 'run-event' && !isFinal) this.#parked.push(record)
    else this.#account.rejected(record, reason)
  }

  #unpark(): void {
    for (const event of this.#parked.splice(0)) this.#appendEvent(event)
  }

  #giveUpFlush(): false {
    const { runEvents, spans } = this.#queued()
    this.#warnings.flushGaveUp(runEvents, spans, this.#account.tallies.failing?.message ?? '')
    return false
  }
}

const reasonsOf = (refused: readonly Refusal[]): ReadonlyMap<RunEvent, string> =>
  new Map(
    refused.flatMap(({ record, reason }) => (record.kind === 'run-event' ? [[record, reason] as const] : [])),
  )
