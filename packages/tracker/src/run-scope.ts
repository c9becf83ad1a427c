import type { CallValue, OutcomeValue, TokenUsage } from '@runtape/core'
import {
  type ActiveRun,
  addUsage,
  currentFrame,
  isIteration,
  type RunCall,
  runFrame,
  runInFrame,
  summarizeError,
  tapIteration,
  usageProblem,
} from '@runtape/core/internal'
import type { Clock } from './clock.ts'
import { copyUsage, timeProblem } from './values.ts'

/** What a scope learned, once it is over. */
export interface ScopeResult {
  readonly durationMs: number
  /** Absent when it was never known: a generator that nobody read to its end. */
  readonly outcome: OutcomeValue | undefined
  readonly usage: TokenUsage | undefined
  readonly timeToFirstTokenMs: number | undefined
}

/** What a scope tells its tracker. */
export interface ScopeHooks {
  /** @param isLate it started after the scope was over */
  keepCall(spanId: string, value: CallValue, isLate: boolean): void
  /** The scope is over; called once. */
  over(result: ScopeResult): void
  /** A call has started after the scope was over: too late to be summed. */
  late(spanId: string): void
  /** Part of what a call reported cannot be kept. */
  refused(spanId: string, problem: string): void
}

interface StartedCall {
  readonly spanId: string
  readonly started: number
  readonly isLate: boolean
}

const ended: RunCall = { end: () => {} }

/**
 * The provider calls of one `tracker.run`. It is over when the function has settled and every call started in it
 * has ended, so a stream that is read after the function returned still counts.
 */
class RunScope implements ActiveRun {
  readonly runId: string
  /** Whose scope it is. */
  readonly owner: object
  /** The run around it. */
  readonly outer: ActiveRun | undefined
  readonly #clock: Clock
  readonly #hooks: ScopeHooks
  readonly #started: number
  /** By span id, in the order in which they started; without a value while they run. */
  readonly #calls = new Map<string, CallValue | undefined>()
  #openCalls = 0
  #lastEnd = 0
  #isSettled = false
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
    return {
      end: value => {
        if (this.#calls.get(spanId) === undefined) this.#endCall({ spanId, started, isLate }, value)
      },
    }
  }

  /** Says that the function has settled at `at`, and how, where that is known. */
  settle(at: number, outcome: OutcomeValue | undefined): void {
    this.#isSettled = true
    this.#lastEnd = Math.max(this.#lastEnd, at)
    this.#outcome = outcome
    this.#finishIfOver()
  }

  #endCall({ spanId, started, isLate }: StartedCall, reported: CallValue): void {
    const now = this.#clock.monotonic()
    const value = this.#keepable(spanId, reported, now - started)
    this.#openCalls--
    this.#calls.set(spanId, value)
    // That a stream was abandoned is noticed long after it happened; its own duration knows when it was.
    this.#lastEnd = Math.max(this.#lastEnd, Math.min(now, started + value.durationMs))
    this.#hooks.keepCall(spanId, value, isLate)
    if (this.#isSettled) this.#noteLateEnd(value)
    this.#finishIfOver()
  }

  // No code is left inside the scope that could handle a stream that breaks or is cancelled after the function returned.
  #noteLateEnd({ status, error = { name: 'Error', message: '' } }: CallValue): void {
    if (this.#outcome?.status === 'error' || status === 'success') return
    this.#outcome = status === 'error' ? { status, error } : { status }
  }

  // A store refuses a record that is wrong in one number: better that number is lost than the call.
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

/** How `tracker.run` runs a function in its scope, and what it tells the scope about it. */
export interface OpenScope {
  inside<R>(step: () => R): R
  settled(value: unknown): void
  failed(error: unknown): void
}

// Apart from `tracker.run` so that nothing in here knows the function it was given, which may know the stream that
// it made: who is held on to by its own scope is never found abandoned.
export function openScope(runId: string, owner: object, clock: Clock, hooks: ScopeHooks): OpenScope {
  const scope = new RunScope(runId, owner, clock, hooks)
  const frame = runFrame(currentFrame(), scope)
  const inside = <R>(step: () => R): R => runInFrame(frame, step)
  const settle = (outcome: OutcomeValue | undefined, at = clock.monotonic()) => scope.settle(at, outcome)
  const failed = (error: unknown) => settle({ status: 'error', error: summarizeError(error) })
  let lastStep = clock.monotonic()
  const observer = {
    step: inside,
    chunk: () => {
      lastStep = clock.monotonic()
    },
    end: (how: { readonly status: string; readonly error?: unknown }) => {
      if (how.status === 'error') failed(how.error)
      else if (how.status === 'abandoned') settle(undefined, lastStep)
      else settle({ status: how.status === 'cancelled' ? 'cancelled' : 'success' })
    },
  }
  const settled = (value: unknown) => {
    if (isIteration(value) && isStepped(value)) tapIteration(value, observer)
    else settle({ status: 'success' })
  }
  return { inside, settled, failed }
}

/** How to run code in the scope of `owner` that is open around the code that asks, also beyond runs of others. */
export function enterScopeOf(owner: object): (<T>(fn: () => T) => T) | undefined {
  const frame = currentFrame()
  for (let run = frame?.run; run instanceof RunScope; run = run.outer) {
    const scope: RunScope = run
    if (scope.owner === owner && !scope.isOver) return fn => runInFrame(runFrame(frame, scope), fn)
  }
  return undefined
}

// Generators run their code while they are read, so a scope that makes one lasts until it was.
const isStepped = (value: object): boolean => 'next' in value
