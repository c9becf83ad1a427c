import { afterMicrotasks, currentTurn, monotonicNow } from '@runtape/core/internal'
import { type ActiveResources, isIdle, isQuiet, ownTimer } from '../timers/active-resources.ts'
import { Hold } from '../timers/hold.ts'
import { ItemTimers, type RecordedTime } from '../timers/item-timers.ts'
import { hasRequests, ItemWork } from '../timers/item-work.ts'
import type { RecordedCall } from './recorded-calls.ts'
import { type RecordedEvent, RecordedOrder } from './recorded-timeline.ts'

/**
 * Makes the calls of a replay end in their recorded order, without the recorded delays. Before a call ends, earlier recorded
 * events are waited for while they may still come: until the event loop has nothing else to do, or for a multiple of their
 * recorded time.
 */
export class OrderedEnds implements RecordedTime {
  readonly #calls: () => readonly RecordedCall[]
  readonly #before: ActiveResources
  readonly #isBusy: () => boolean
  readonly #waiting = new Map<RecordedCall, Waiting>()
  #order: RecordedOrder | undefined
  #lastTurn = -1
  readonly #firstTurn = currentTurn()
  #isPumping = false
  #isWatched = false
  #isOver = false
  #isClosed = false
  /** Set after the root has ended, while later recorded events may still come. */
  #endLate: (() => void) | undefined
  #events = 0
  #timers: ItemTimers | undefined
  #work: ItemWork | undefined
  /** How long an answer is delayed for work of the code. */
  readonly #hold = new Hold()
  /** Whether a slow answer comes after work that the code started earlier. */
  waitsForWork = false
  readonly began = monotonicNow()
  lastAt = this.began

  /**
   * @param before work of the event loop before the replay started
   * @param isBusy whether a call waits for the store
   */
  constructor(calls: () => readonly RecordedCall[], before: ActiveResources, isBusy = () => false) {
    this.#calls = calls
    this.#before = before
    this.#isBusy = isBusy
  }

  /** `undefined` if the call may end now, or its next chunk may pass; otherwise a promise that resolves when it may. */
  ready(call: RecordedCall, isChunk = false): Promise<void> | undefined {
    if (this.#mayGoOn(call, isChunk)) {
      if (isChunk) this.#chunkPassed(call)
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.set(call, { isChunk, resolve })
    this.#pump()
    return promise
  }

  #goOn(call: RecordedCall, { isChunk, resolve }: Waiting): void {
    if (isChunk) this.#chunkPassed(call)
    resolve()
  }

  #mayGoOn(call: RecordedCall, isChunk: boolean): boolean {
    if (this.#isClosed || call.hasEnded || this.#waiting.has(call)) return true
    const order = this.#recorded()
    const next = order.next()
    if (isChunk ? order.isChunkPast(call) : order.isPast(call)) return true
    return next?.call === call && (isChunk ? next.isChunk : next.isEnd) && this.#mayEnd(next)
  }

  #chunkPassed(call: RecordedCall): void {
    call.chunks = (call.chunks ?? 0) + 1
    this.happened()
  }

  #waits({ call, isEnd, isChunk }: RecordedEvent): boolean {
    const waiting = this.#waiting.get(call)
    return waiting !== undefined && (waiting.isChunk ? isChunk : isEnd)
  }

  /** Call after each start and each end of a recorded call. */
  happened(started?: RecordedCall): void {
    this.#isHere()
    if (started) started.startedAfter = this.#recorded().last()
    this.#timers?.happened()
    if (this.#isWaiting) this.#pump()
  }

  /** The timers of the replayed code, which also fire in the recorded order. */
  timers(): ItemTimers {
    this.#timers ??= new ItemTimers(this, this.#before)
    return this.#timers
  }

  /** What the replayed code waits for besides its timers. */
  work(): ItemWork {
    this.#work ??= new ItemWork(() => {
      if (this.#waiting.size > 0) this.#pumpAfterTurn()
    })
    return this.#work
  }

  /** Call when a recorded call is matched: see `RecordedCall.heldUp`. */
  noteTimer(call: RecordedCall): void {
    const fired = this.#timers?.firing
    const next = fired === undefined ? undefined : this.#recorded().next()
    if (fired === undefined || !next || !this.#waits(next)) return
    const { startOrder = 0, startedAt } = call.span
    const since = startedAt - (this.#calls()[0]?.span.startedAt ?? 0) - this.#recorded().due()
    const isBefore = (next.call.span.endOrder ?? Number.POSITIVE_INFINITY) < startOrder
    if (isBefore && since <= slowMs && this.#recorded().due() > fired + slowMs) call.heldUp = currentTurn()
  }

  /** Whether a timer of the replayed code fired, or was due while the recorded `root` ran. */
  hadTimers(root: RecordedCall): boolean {
    return this.#timers?.hadBefore(root.span.durationMs) === true
  }

  /** Whether nothing waits here and the process has nothing to do. */
  isStill(): boolean {
    if (this.#isWaiting || this.#isBusy() || this.isWorking) return false
    return isIdle(this.#before) && isQuiet(this.#before)
  }

  /** Milliseconds until the code continues, if that is within `withinMs`. Nothing else is waited for. */
  soon(withinMs: number): number | undefined {
    return this.#work?.isPending ? 0 : this.#timers?.soon(withinMs)
  }

  /** Whether a timer of the replayed code is set and has not fired. */
  get hasTimers(): boolean {
    return this.#timers?.isWaiting === true
  }

  get events(): number {
    return this.#events
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether the item's code waits for immediates or `crypto.subtle`, or the process for files or names. */
  get isWorking(): boolean {
    return this.#work?.isPending === true || hasRequests(this.#before)
  }

  get turns(): number | undefined {
    return this.#work?.turns
  }

  elapsed(): number {
    return this.#recorded().elapsed()
  }

  next(): { readonly due: number; readonly isAnswer: boolean } | undefined {
    const order = this.#recorded()
    const next = order.next()
    if (!next) return undefined
    const isAnswer = this.#waits(next) || (next.isEnd && this.#isBusy())
    return { due: order.due(), isAnswer }
  }

  goOn(): void {
    if (this.#waiting.size > 0) this.#pump()
  }

  timerFired(): void {
    this.#isHere()
    if (this.#waiting.size > 0) this.#pumpAfterTurn()
  }

  get lastTurn(): number {
    return this.#lastTurn === -1 ? this.#firstTurn : this.#lastTurn
  }

  #isHere(): void {
    this.#events++
    const turn = currentTurn()
    // Within one turn no time passes.
    if (turn === this.#lastTurn) return
    this.#lastTurn = turn
    this.lastAt = monotonicNow()
  }

  #recorded(): RecordedOrder {
    this.#order ??= new RecordedOrder(this.#calls())
    return this.#order
  }

  /** Call when the replayed call `root` has ended: waits briefly for events recorded before its end, then for those after it. */
  async close(root: RecordedCall): Promise<void> {
    this.#isOver = true
    await this.ready(root)
    root.hasEnded = true
    this.happened()
    await this.#late()
    this.release()
  }

  #late(): Promise<void> | undefined {
    if (this.#isClosed || !this.#recorded().next()) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#endLate = resolve
    this.#watch()
    return promise
  }

  /** All calls may end now. */
  release(): void {
    this.#isClosed = true
    this.#releaseAll()
  }

  #releaseAll(): void {
    this.#endLate?.()
    this.#endLate = undefined
    if (this.#waiting.size === 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const [call, each] of waiting) this.#goOn(call, each)
  }

  // The consequences of the previous event had time to happen, if they had time in the recording.
  #isItsTurn({ isNewTurn }: RecordedEvent): boolean {
    return !isNewTurn || currentTurn() !== this.#lastTurn
  }

  #mayEnd(next: RecordedEvent): boolean {
    return this.#isItsTurn(next) && !this.#timerComesFirst(next) && !this.#workComesFirst(next)
  }

  // It fires immediately when nothing else happens. Code that runs for real ends in its own time.
  #timerComesFirst({ call }: RecordedEvent): boolean {
    if (!this.#timers || call.state !== 'answered') return false
    return this.#timers.hasBefore(this.#recorded().due())
  }

  // The work started earlier. It is waited for as long as the answer took, because the answer need not come earlier.
  #workComesFirst({ call }: RecordedEvent): boolean {
    if (!this.waitsForWork || call.state !== 'answered' || call.span.durationMs < slowMs) return false
    // Checked first: most programs have no such work, and then need no recorded times.
    if (!this.isWorking) return false
    const order = this.#recorded()
    const gap = order.due() - order.elapsed()
    return gap >= slowMs && this.#hold.isOn(this.#events, gap, this.turns)
  }

  #pump(): void {
    const next = this.#order?.next()
    if (!next) return this.#releaseAll()
    const waiting = this.#waits(next) ? this.#waiting.get(next.call) : undefined
    if (!waiting) return this.#watch()
    if (this.#timerComesFirst(next)) return
    if (this.#workComesFirst(next)) return this.#watch()
    if (this.#isItsTurn(next)) {
      this.#waiting.delete(next.call)
      this.#goOn(next.call, waiting)
    } else this.#pumpAfterTurn()
  }

  #pumpAfterTurn(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    afterMicrotasks(() => {
      this.#isPumping = false
      this.#pump()
    })
  }

  get #isWaiting(): boolean {
    return this.#waiting.size > 0 || this.#endLate !== undefined
  }

  #watch(): void {
    if (this.#isWatched || !this.#isWaiting) return
    this.#isWatched = true
    this.#look({ events: this.#events, waited: 0, idle: 0, wait: 1 })
  }

  #look(last: Look): void {
    const fired = this.#hold.timer(last.wait)
    ownTimer(last.wait, () => {
      fired()
      if (!this.#isWaiting) this.#isWatched = false
      else this.#look(this.#seen(last))
    })
  }

  #seen(last: Look): Look {
    if (last.events !== this.#events) return { events: this.#events, waited: 0, idle: 0, wait: 1 }
    const longer = Math.min(last.wait * 2, longestWait)
    const waited = last.waited + last.wait
    const next = this.#order?.next()
    if (next && this.#waits(next)) this.#pump()
    // A store may be slow: no event is skipped because of it.
    if (this.#isBusy()) return { ...last, waited: 0, idle: 0, wait: longer }
    const isIdleNow = this.#work?.isPending !== true && isIdle(this.#before, this.#laterTimers())
    const idle = isIdleNow ? last.idle + 1 : 0
    if (idle < idleLooks && waited < this.#patience()) return { ...last, waited, idle, wait: longer }
    if (this.#waiting.size === 0) this.#releaseAll()
    else this.#order?.skipTo(event => this.#waits(event))
    this.#pump()
    return { events: this.#events, waited: 0, idle: 0, wait: 1 }
  }

  // They lead to nothing that was recorded before them.
  #laterTimers(): number {
    return (this.#order?.next() && this.#timers?.countAfter(this.#recorded().due())) ?? 0
  }

  /** How long to wait for an event that does not come, in milliseconds. */
  #patience(): number {
    const next = this.#order?.next()
    // The others are no longer awaited.
    if (this.#isOver) return afterTheEnd
    let shortest = Number.POSITIVE_INFINITY
    // There may be more of them than a call takes arguments.
    for (const { span } of this.#waiting.keys()) shortest = Math.min(shortest, span.durationMs)
    // A call that runs for real may be slower than recorded; a call that is not made may never come.
    return next?.isEnd ? 1000 + 10 * Math.max(next.call.span.durationMs, shortest) : 100 + 2 * shortest
  }
}

/** A call that waits until it may end, or until its next chunk may pass. */
interface Waiting {
  readonly isChunk: boolean
  readonly resolve: () => void
}

/** State at the last check. */
interface Look {
  readonly events: number
  /** How long nothing has happened, in milliseconds as counted by `Hold`. */
  readonly waited: number
  readonly idle: number
  readonly wait: number
}

const idleLooks = 2
const longestWait = 20
const afterTheEnd = 50
/** Events within this many milliseconds may swap. */
const slowMs = 2
