import { currentTurn, monotonicNow, realTimers } from '@runtape/core/internal'
import { type ActiveResources, isQuiet, lookAgain } from './active-resources.ts'
import { Hold } from './hold.ts'

/** Where a replay is in what was recorded. Times are milliseconds since the recorded root began. */
export interface RecordedTime {
  /** The time of the last recorded start or end that has happened. */
  elapsed(): number
  /** When the next one is due that may still happen; `isAnswer` when it comes by itself once nothing is before it. */
  next(): { readonly due: number; readonly isAnswer: boolean } | undefined
  /** How many have happened. */
  readonly events: number
  readonly isClosed: boolean
  /** Whether the code of the item waits for immediates or `crypto.subtle`, or the process for files or names. */
  readonly isWorking: boolean
  /** How many immediates of the code have run; `undefined` where no other one is set. */
  readonly turns: number | undefined
  /** When the replay began: a reading of the monotonic clock. */
  readonly began: number
  /** The turn of the event loop in which one happened last, and when that was: a reading of the monotonic clock. */
  readonly lastTurn: number
  readonly lastAt: number
  /** Lets answers end that may end now. */
  goOn(): void
  /** To be called when a timer fires. */
  timerFired(): void
}

/** A timer of the replayed code: a real one that fires on command. */
interface Pending {
  readonly timer: RealTimeout
  readonly order: number
  delay: number
  due: number
  /** Its time is up in real time, too. */
  isExpired: boolean
  mayFire: boolean
}

/** What `Timeout` has for the older of its users: the time that it waits for, and whether it is over. */
interface RealTimeout extends NodeJS.Timeout {
  _idleTimeout: number
  _repeat: number | null
  _destroyed: boolean
}

type Callback = (...args: unknown[]) => void

/**
 * The timers of one replayed item and its answers on one line of time: the recorded one. A timer is due so long after
 * the recorded moment at which it was set, and an answer is due when it was recorded; they come in the order in which
 * they are due. Nothing waits for recorded times: a timer fires at once when all that was recorded before it has
 * happened, the recording shows that its time went by, and no real work is in the way; else in real time.
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
  /** Real requests were sent: what waits for them, or between them, waits in real time. */
  #isOnline = false
  #latest = 0
  /** How often the clock was read since the last event or timer. */
  #reads = 0
  /** What each clock of the process showed when the item began. */
  readonly #began = new Map<() => number, number>()

  constructor(time: RecordedTime, before: ActiveResources) {
    this.#time = time
    this.#before = before
    // They are made when they are first needed, and what happened before counts as if they had been there.
    this.#turn = time.lastTurn
    this.#turnAt = time.lastAt
  }

  /** From now on timers fire in real time only. */
  requestSent(): void {
    this.#isOnline = true
  }

  /** Whether a timer has fired, or was set to fire by this time. */
  hadBefore(ms: number): boolean {
    return this.#fired > 0 || this.#earliestDue <= ms
  }

  /** Milliseconds since the item began, as the recording tells it. */
  now(): number {
    this.#latest = Math.max(this.#latest, this.#now())
    return this.#latest
  }

  /**
   * What `clock` tells the code of the item: what it showed when the item began, in whole milliseconds, and the recorded
   * time since then. It is read once, so that a pause of the process between two readings of clocks shows in none.
   */
  reading(clock: () => number): number {
    let began = this.#began.get(clock)
    if (began === undefined) {
      began = Math.round(clock() - (monotonicNow() - this.#time.began))
      this.#began.set(clock, began)
    }
    return began + this.now()
  }

  // Until the next recorded event or timer no time goes by, however long it really takes: that is no part of the recording.
  #now(): number {
    const time = this.#time
    const base = Math.max(time.elapsed(), this.#lastFired)
    if (!time.isClosed && !this.#isOnline && time.next()) return base + this.#spun()
    return this.#turn === currentTurn() ? base : base + monotonicNow() - this.#turnAt
  }

  // Code that asks again and again waits for the time to go by.
  #spun(): number {
    return Math.max(0, ++this.#reads - freeReads) * msPerRead
  }

  /** When the timer was due whose callback, with the promises that go on after it, is running. */
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
   * How many milliseconds are left until the first timer that is due within `withinMs`; `undefined` where none is. It then
   * fires after so long, although it may have been set for longer: the time before it was not waited for.
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

  /** How many timers that keep the process alive are due after this time. */
  countAfter(due: number): number {
    let count = 0
    for (const { timer, due: at, isExpired } of this.#pending)
      if (!isExpired && !timer._destroyed && at > due + slackMs && timer.hasRef()) count++
    return count
  }

  /** What `setTimeout` and `setInterval` give: a timer of Node in every way. */
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

  /** To be called when a recorded start or end has happened. */
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
      // What it called says when it was.
      if (isInterval) pending.due = this.now() + pending.delay
    }
  }

  // Its real time is up. What was recorded before it comes first; where nothing goes on, it is not waited for.
  #mustWait(pending: Pending): boolean {
    const time = this.#time
    if (pending.mayFire || time.isClosed) return false
    if (pending !== this.#earliest()) return true
    const next = time.next()
    if (next !== undefined && next.due < pending.due) return true
    return !this.#isOnline && this.#workComesFirst()
  }

  // On a busy machine the time of a timer may be up before what was quicker has had its turn.
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
    // In real time, and then it is looked at again.
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

  /** Has the timer of Node fire after so many milliseconds, whatever it was made for. */
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
  /** How much had happened at the last look. */
  readonly happened: number
  /** At so many looks since then nothing went on. */
  readonly quiet: number
  readonly wait: number
}

const quietLooks = 2
/** So many times the clock may be read at one moment; each time more takes so many milliseconds of it. */
const freeReads = 10_000
const msPerRead = 0.01
/** Recorded starts are whole milliseconds, rounded down. */
const slackMs = 1.5
const longer = (wait: number) => Math.min(Math.max(wait * 2, 1), 20)

const probe = realTimers.setTimeout(() => {}, 1)
realTimers.clearTimeout(probe)
const { refresh: refreshTimeout } = Object.getPrototypeOf(probe) as NodeJS.Timeout
