import { currentTurn, monotonicNow, realTimers } from '@runtape/core/internal'
import { type ActiveResources, isQuiet, lookAgain } from './active-resources.ts'
import { Hold } from './hold.ts'

/** Progress of a replay in its recording. Times are milliseconds since the recorded root started. */
export interface RecordedTime {
  /** Time of the last recorded start or end that has happened. */
  elapsed(): number
  /** When the next possible event is due; `isAnswer` if it happens by itself once nothing precedes it. */
  next(): { readonly due: number; readonly isAnswer: boolean } | undefined
  /** Number of events that have happened. */
  readonly events: number
  readonly isClosed: boolean
  /** Whether the item's code waits for immediates or `crypto.subtle`, or the process for files or names. */
  readonly isWorking: boolean
  /** How many of the code's immediates have run; `undefined` if no other one is set. */
  readonly turns: number | undefined
  /** Start of the replay on the monotonic clock. */
  readonly began: number
  /** The turn of the event loop of the last event, and its time on the monotonic clock. */
  readonly lastTurn: number
  readonly lastAt: number
  /** Lets answers end that may end now. */
  goOn(): void
  /** Call when a timer fires. */
  timerFired(): void
}

/** A timer of the replayed code: a real timer that fires on command. */
interface Pending {
  readonly timer: RealTimeout
  readonly order: number
  delay: number
  due: number
  /** It is also due in real time. */
  isExpired: boolean
  mayFire: boolean
}

/** Properties of `Timeout` used by older code: its delay, and whether it is over. */
interface RealTimeout extends NodeJS.Timeout {
  _idleTimeout: number
  _repeat: number | null
  _destroyed: boolean
}

type Callback = (...args: unknown[]) => void

/**
 * The timers and answers of one replayed item on one time line: the recorded one. A timer is due its delay after the recorded
 * moment at which it was set; an answer is due when it was recorded. They happen in the order in which they are due. Nothing
 * waits for recorded times: a timer fires immediately when everything recorded before it has happened, the recording shows that
 * its delay passed, and no real work is in progress; otherwise in real time.
 */
export class ItemTimers {
  readonly #time: RecordedTime
  readonly #before: ActiveResources
  readonly #pending = new Set<Pending>()
  readonly #hold = new Hold()
  #sets = 0
  #earliestDue = Number.POSITIVE_INFINITY
  #fired = 0
  #lastFired = 0
  #firedTurn = -1
  #turn: number
  #turnAt: number
  #isWatched = false
  /** Real requests were sent: code that waits for them, or between them, waits in real time. */
  #isOnline = false
  #latest = 0
  /** Number of clock reads since the last event or timer. */
  #reads = 0
  /** Reading of each process clock when the item started. */
  readonly #began = new Map<() => number, number>()

  constructor(time: RecordedTime, before: ActiveResources) {
    this.#time = time
    this.#before = before
    // Created on demand; earlier events count as if they had existed.
    this.#turn = time.lastTurn
    this.#turnAt = time.lastAt
  }

  /** From now on timers fire only in real time. */
  requestSent(): void {
    this.#isOnline = true
  }

  /** Whether a timer has fired, or was due by this time. */
  hadBefore(ms: number): boolean {
    return this.#fired > 0 || this.#earliestDue <= ms
  }

  /** Milliseconds since the item started, in recorded time. */
  now(): number {
    this.#latest = Math.max(this.#latest, this.#now())
    return this.#latest
  }

  /**
   * The value of `clock` for the item's code: its reading when the item started, in whole milliseconds, plus the recorded time
   * since then. Read once, so that a pause of the process between two clock reads is not visible.
   */
  reading(clock: () => number): number {
    let began = this.#began.get(clock)
    if (began === undefined) {
      began = Math.round(clock() - (monotonicNow() - this.#time.began))
      this.#began.set(clock, began)
    }
    return began + this.now()
  }

  // Until the next recorded event or timer no time passes, however long it really takes: real durations are not part of the
  // recording.
  #now(): number {
    const time = this.#time
    const base = Math.max(time.elapsed(), this.#lastFired)
    if (!time.isClosed && !this.#isOnline && time.next()) return base + this.#spun()
    return this.#turn === currentTurn() ? base : base + monotonicNow() - this.#turnAt
  }

  // Code that polls the clock waits for time to pass.
  #spun(): number {
    return Math.max(0, ++this.#reads - freeReads) * msPerRead
  }

  /** Due time of the timer whose callback, with its promise continuations, is running. */
  get firing(): number | undefined {
    return this.#firedTurn === currentTurn() ? this.#lastFired : undefined
  }

  /** Whether a timer is set that has not fired. */
  get isWaiting(): boolean {
    return this.#earliest() !== undefined
  }

  /** Whether a timer is due before this time. */
  hasBefore(due: number): boolean {
    if (this.#pending.size === 0) return false
    for (const pending of this.#pending) {
      if (pending.timer._destroyed) this.#pending.delete(pending)
      else if (pending.due < due) return true
    }
    return false
  }

  /**
   * Milliseconds until the first timer due within `withinMs`; `undefined` if there is none. It then fires after this time, even
   * if its delay was longer: the time before it was not waited for.
   */
  soon(withinMs: number): number | undefined {
    const now = this.now()
    let soonest: number | undefined
    for (const pending of this.#pending) {
      if (pending.timer._destroyed) this.#pending.delete(pending)
      const left = Math.max(pending.due - now, 0)
      if (pending.timer._destroyed || left > withinMs) continue
      if (!pending.mayFire) this.#rearm(pending, Math.max(left, 1))
      pending.mayFire = true
      soonest = Math.min(soonest ?? left, left)
    }
    return soonest
  }

  /** Number of timers due after this time that keep the process alive. */
  countAfter(due: number): number {
    let count = 0
    for (const { timer, due: at, isExpired } of this.#pending)
      if (!isExpired && !timer._destroyed && at > due + slackMs && timer.hasRef()) count++
    return count
  }

  /** The result of `setTimeout` and `setInterval`: a Node timer in every way. */
  set(
    make: typeof realTimers.setTimeout,
    fn: Callback,
    ms: number | undefined,
    args: unknown[],
  ): NodeJS.Timeout {
    const now = this.now()
    const timer = make(() => this.#onTime(pending, fn, args), ms) as RealTimeout
    const delay = timer._idleTimeout
    const pending: Pending = {
      timer,
      order: this.#sets++,
      delay,
      due: now + delay,
      isExpired: false,
      mayFire: false,
    }
    this.#earliestDue = Math.min(this.#earliestDue, pending.due)
    const { refresh } = timer
    const refreshed = () => {
      timer._idleTimeout = pending.delay
      Object.assign(pending, { due: this.now() + pending.delay, isExpired: false, mayFire: false })
      this.#pending.add(pending)
      this.#watch()
      return refresh.call(timer)
    }
    Object.defineProperty(timer, 'refresh', { value: refreshed, configurable: true, writable: true })
    this.#pending.add(pending)
    this.#watch()
    return timer
  }

  /** Call when a recorded start or end has happened. */
  happened(): void {
    this.#isHere()
    this.#watch()
  }

  #watch(): void {
    if (this.#isWatched || this.#pending.size === 0 || this.#time.isClosed) return
    this.#isWatched = true
    this.#look({ happened: this.#happened(), quiet: 0, wait: 0 })
  }

  #onTime(pending: Pending, fn: Callback, args: unknown[]): void {
    if (this.#mustWait(pending)) {
      pending.isExpired = true
      this.#rearm(pending, 1)
      this.#watch()
      return
    }
    const { timer } = pending
    const isInterval = timer._repeat !== null
    if (isInterval) {
      timer._repeat = pending.delay
      Object.assign(pending, { isExpired: false, mayFire: false })
    } else this.#pending.delete(pending)
    timer._idleTimeout = pending.delay
    this.#lastFired = Math.max(this.#lastFired, pending.due)
    this.#fired++
    this.#firedTurn = currentTurn()
    this.#isHere()
    this.#time.timerFired()
    this.#watch()
    try {
      fn.apply(timer, args)
    } finally {
      // Its callback determined the time.
      if (isInterval) pending.due = this.now() + pending.delay
    }
  }

  // Its real delay is over. Events recorded before it come first; if nothing is in progress, they are not waited for.
  #mustWait(pending: Pending): boolean {
    const time = this.#time
    if (pending.mayFire || time.isClosed) return false
    if (pending !== this.#earliest()) return true
    const next = time.next()
    if (next !== undefined && next.due < pending.due) return true
    return !this.#isOnline && this.#workComesFirst()
  }

  // On a busy machine a timer may be due in real time before faster work had its turn.
  #workComesFirst(): boolean {
    return this.#hold.isOn(this.#happened(), 0, this.#time.turns) && this.#time.isWorking
  }

  #earliest(): Pending | undefined {
    let earliest: Pending | undefined
    for (const pending of this.#pending) {
      if (pending.timer._destroyed) this.#pending.delete(pending)
      else if (
        !earliest ||
        pending.due < earliest.due ||
        (pending.due === earliest.due && pending.order < earliest.order)
      )
        earliest = pending
    }
    return earliest
  }

  #look(last: Look): void {
    const again = () => {
      fired()
      const now = this.#time.isClosed ? undefined : this.#seen(last)
      if (now) this.#look(now)
      else this.#isWatched = false
    }
    const fired = this.#hold.timer(last.wait)
    lookAgain(last.wait, again)
  }

  #seen(last: Look): Look | undefined {
    const happened = this.#happened()
    if (happened !== last.happened) return { happened, quiet: 0, wait: 0 }
    const earliest = this.#earliest()
    if (!earliest) {
      this.#time.goOn()
      return undefined
    }
    const next = this.#time.next()
    if (next?.isAnswer && next.due < earliest.due) {
      this.#time.goOn()
      return { ...last, quiet: 0, wait: longer(last.wait) }
    }
    const hasPassed = earliest.isExpired || (next !== undefined && earliest.due <= next.due + slackMs)
    // In real time, and then checked again.
    if (!hasPassed || (!earliest.isExpired && this.#isOnline)) return undefined
    const isHeld = earliest.isExpired
      ? this.#workComesFirst()
      : this.#time.isWorking || !isQuiet(this.#before)
    if (isHeld) return { ...last, quiet: 0, wait: longer(last.wait) }
    if (last.quiet < quietLooks) return { ...last, quiet: last.quiet + 1, wait: 0 }
    earliest.mayFire = true
    this.#rearm(earliest, 0)
    return undefined
  }

  /** Makes the Node timer fire after this many milliseconds, whatever its delay. */
  #rearm({ timer }: Pending, ms: number): void {
    if (timer._repeat !== null) timer._repeat = Math.max(ms, 1)
    timer._idleTimeout = ms
    refreshTimeout.call(timer)
  }

  #happened(): number {
    return this.#time.events + this.#fired + this.#sets
  }

  #isHere(): void {
    this.#turn = currentTurn()
    this.#turnAt = monotonicNow()
    this.#reads = 0
  }
}

interface Look {
  /** Number of events at the last check. */
  readonly happened: number
  /** Number of checks since then without progress. */
  readonly quiet: number
  readonly wait: number
}

const quietLooks = 2
/** How often the clock may be read at one moment; each further read advances it by this many milliseconds. */
const freeReads = 10_000
const msPerRead = 0.01
/** Recorded starts are whole milliseconds, rounded down. */
const slackMs = 1.5
const longer = (wait: number) => Math.min(Math.max(wait * 2, 1), 20)

const probe = realTimers.setTimeout(() => {}, 1)
realTimers.clearTimeout(probe)
const { refresh: refreshTimeout } = Object.getPrototypeOf(probe) as NodeJS.Timeout
