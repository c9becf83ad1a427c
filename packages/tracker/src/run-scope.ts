import type { CallValue, OutcomeValue, Sink, TokenUsage } from '@runtape/core'
import {
  type ActiveRun,
  type AmbientFrame,
  addUsage,
  currentFrame,
  isWebStream,
  type RunCall,
  runFrame,
  runInFrame,
  summarizeError,
  tapBody,
  tapStream,
  usageProblem,
} from '@runtape/core/internal'
import type { Clock } from './clock.ts'
import { isOfSdk, streamsIn } from './handed-back.ts'
import { type CallsSince, Reading } from './reading.ts'
import { copyUsage, timeProblem } from './values.ts'

/** Results of a scope, once it is over. */
export interface ScopeResult {
  readonly durationMs: number
  /** Absent if unknown: a generator that was not read to its end. */
  readonly outcome: OutcomeValue | undefined
  readonly usage: TokenUsage | undefined
  readonly timeToFirstTokenMs: number | undefined
}

/** What a scope reports to its tracker. */
export interface ScopeHooks {
  readonly sink: Sink
  /** @param isLate it started after the scope was over, or was made in the background until then */
  keepCall(spanId: string, value: CallValue, isLate: boolean): void
  /** The scope is over; called once. */
  over(result: ScopeResult): void
  /** A call started after the scope was over: too late for the sum. */
  late(spanId: string): void
  /** A part of a call's report cannot be kept. */
  refused(spanId: string, problem: string): void
}

interface StartedCall {
  readonly spanId: string
  readonly started: number
  readonly isLate: boolean
  isReleased: boolean
}

const ended: RunCall = { end: () => {} }

/**
 * The provider calls of one `tracker.run`. It is over when the function has settled, the streams that it handed back
 * have been read, and every call started in it has ended, or is made in the background.
 */
class RunScope implements ActiveRun {
  readonly runId: string
  /** The owner of the scope. */
  readonly owner: object
  /** The surrounding run. */
  readonly outer: ActiveRun | undefined
  readonly #clock: Clock
  readonly #hooks: ScopeHooks
  readonly #started: number
  /** By span id, in order of start; no value while a call runs. */
  readonly #calls = new Map<string, CallValue | undefined>()
  #openCalls = 0
  #lastEnd = 0
  #isSettled = false
  #reading: Reading | undefined
  #lastCall: OutcomeValue | undefined
  #hasCancelledCall = false
  #isOver = false
  #outcome: OutcomeValue | undefined

  constructor(runId: string, owner: object, clock: Clock, hooks: ScopeHooks) {
    this.runId = runId
    this.owner = owner
    this.outer = currentFrame()?.run
    this.#clock = clock
    this.#hooks = hooks
    this.#started = clock.monotonic()
  }

  get sink(): Sink {
    return this.#hooks.sink
  }

  get isOver(): boolean {
    return this.#isOver
  }

  startCall(spanId: string): RunCall {
    if (this.#calls.has(spanId)) return ended
    const isLate = this.#isOver
    if (isLate) this.#hooks.late(spanId)
    const started = this.#clock.monotonic()
    this.#calls.set(spanId, undefined)
    this.#openCalls++
    const call: StartedCall = { spanId, started, isLate, isReleased: false }
    return {
      end: value => {
        if (this.#calls.get(spanId) === undefined) this.#endCall(call, value)
      },
      release: () => this.#release(call),
    }
  }

  #release(call: StartedCall): void {
    if (call.isReleased || this.#calls.get(call.spanId) !== undefined) return
    call.isReleased = true
    this.#openCalls--
    if (!this.#isSettled && this.#openCalls === 0) this.#reading?.callsEnded()
    this.#finishIfOver()
  }

  /** Reports that the function returned `count` streams, so it settles when they have been read. */
  read(count: number, areOfSdk: boolean): Reading {
    this.#reading = new Reading(count, areOfSdk && this.#openCalls > 0, {
      clock: this.#clock,
      calls: () => this.#callsSince(),
      over: (at, outcome) => this.settle(at, outcome),
    })
    return this.#reading
  }

  #callsSince(): CallsSince {
    return { last: this.#lastCall, hasCancelled: this.#hasCancelledCall }
  }

  /** Reports that the function settled at `at`, and how, if known. */
  settle(at: number, outcome: OutcomeValue | undefined): void {
    this.#isSettled = true
    this.#lastEnd = Math.max(this.#lastEnd, at)
    this.#outcome = outcome
    this.#finishIfOver()
  }

  #endCall({ spanId, started, isLate, isReleased }: StartedCall, reported: CallValue): void {
    const now = this.#clock.monotonic()
    const value = this.#keepable(spanId, reported, now - started)
    if (!isReleased) this.#openCalls--
    this.#calls.set(spanId, value)
    // Abandonment is detected long afterwards; the stream's own duration has the real time.
    this.#lastEnd = Math.max(this.#lastEnd, Math.min(now, started + value.durationMs))
    this.#hooks.keepCall(spanId, value, isLate || (isReleased && this.#isOver))
    if (this.#isOver) return
    if (this.#isSettled) this.#noteLateEnd(value)
    else if (this.#reading) this.#noteEnd(value)
    this.#finishIfOver()
  }

  #noteEnd(value: CallValue): void {
    this.#lastCall = outcomeOf(value)
    if (value.status === 'cancelled') this.#hasCancelledCall = true
    if (this.#openCalls === 0) this.#reading?.callsEnded()
  }

  // No code is left inside the scope that could handle a stream that fails or is cancelled after the function returned.
  #noteLateEnd(value: CallValue): void {
    if (this.#outcome?.status !== 'error' && value.status !== 'success') this.#outcome = outcomeOf(value)
  }

  // A store refuses a record with one invalid number: losing the number is better than losing the call.
  #keepable(spanId: string, reported: CallValue, elapsedMs: number): CallValue {
    const { usage, timeToFirstTokenMs, durationMs, ...rest } = reported
    const value: { -readonly [K in keyof CallValue]: CallValue[K] } = { ...rest, durationMs }
    const refuse = (problem: string | undefined) => {
      if (problem !== undefined) this.#hooks.refused(spanId, problem)
      return problem !== undefined
    }
    if (refuse(timeProblem(durationMs))) value.durationMs = Math.max(0, elapsedMs)
    if (timeToFirstTokenMs !== undefined && !refuse(timeProblem(timeToFirstTokenMs)))
      value.timeToFirstTokenMs = timeToFirstTokenMs
    if (usage !== undefined && !refuse(usageProblem(usage))) value.usage = copyUsage(usage)
    return value
  }

  #finishIfOver(): void {
    if (this.#isOver || !this.#isSettled || this.#openCalls > 0) return
    this.#isOver = true
    const calls = [...this.#calls.values()].filter(call => call !== undefined)
    const usages = calls.map(call => call.usage).filter(usage => usage !== undefined)
    this.#hooks.over({
      durationMs: this.#lastEnd - this.#started,
      outcome: this.#outcome,
      usage: usages.length > 0 ? usages.reduce(addUsage) : undefined,
      timeToFirstTokenMs: calls.map(call => call.timeToFirstTokenMs).find(ms => ms !== undefined),
    })
  }
}

const outcomeOf = ({ status, error = { name: 'Error', message: '' } }: CallValue): OutcomeValue =>
  status === 'error' ? { status, error } : { status }

/** How `tracker.run` runs a function in its scope and reports to the scope. */
export interface OpenScope {
  inside<R>(step: () => R): R
  settled(value: unknown): void
  failed(error: unknown): void
}

// Separate from `tracker.run`, so that nothing here references the function, which may reference the stream that it created: a
// stream referenced by its own scope would never be detected as abandoned.
export function openScope(runId: string, owner: object, clock: Clock, hooks: ScopeHooks): OpenScope {
  const scope = new RunScope(runId, owner, clock, hooks)
  const outer = currentFrame()
  const frame = runFrame(outer, scope)
  const settle = (outcome: OutcomeValue) => scope.settle(clock.monotonic(), outcome)
  return {
    inside: step => runInFrame(frame, step),
    failed: error => settle({ status: 'error', error: summarizeError(error) }),
    settled: value => {
      const streams = streamsIn(value)
      if (streams.length === 0) return settle({ status: 'success' })
      const reading = scope.read(streams.length, streams.every(isOfSdk))
      const observer = observerOf(reading, frame, outer)
      for (const { stream, response } of streams) {
        if (response && isWebStream(stream)) tapBody(response, stream, observer)
        else tapStream(stream, observer)
      }
    },
  }
}

function observerOf(reading: Reading, frame: AmbientFrame, outer: AmbientFrame | undefined) {
  const inside = <R>(run: () => R): R => runInFrame(frame, run)
  const outside = <R>(run: () => R): R => (currentFrame() === frame ? runInFrame(outer, run) : run())
  return reading.observer(inside, outside)
}

/** Runs code in the open scope of `owner` that surrounds the caller, even through runs of other trackers. */
export function enterScopeOf(owner: object): (<T>(fn: () => T) => T) | undefined {
  const frame = currentFrame()
  for (let run = frame?.run; run instanceof RunScope; run = run.outer) {
    const scope: RunScope = run
    if (scope.owner === owner && !scope.isOver) return fn => runInFrame(runFrame(frame, scope), fn)
  }
  return undefined
}
