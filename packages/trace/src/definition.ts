import type { RedactHook } from './capture/limits.ts'
import { watchPools } from './determinism/random-pools.ts'

/** Declaration of a traced function. */
export interface SpanDefinition {
  /** The trace function key: groups the spans of one function. */
  readonly key: string
  /** Distinguishes functions that share a key. */
  readonly name: string
  /** The type of the call: `function`, `tool`, `model`, or the application's own word. */
  readonly type: string
  /** Answered from the tape under `mock: 'marked'`: for calls with side effects or costs. */
  readonly mockOnReplay: boolean
  readonly redact?: RedactHook
  readonly capture?: CaptureOptions
  readonly deterministic?: boolean
  readonly callbacks?: 'record'
}

/** What to keep of a call: everything, unless `false`. A call without a kept input cannot be replayed. */
export interface CaptureOptions {
  readonly input?: boolean
  readonly output?: boolean
}

/** Options of a traced function. */
export interface TracedOptions {
  /** Distinguishes functions that share a key. Default: the key. */
  readonly name?: string
  /** The type of the call: `tool`, `model`, or the application's own word. Default: `function`. */
  readonly type?: string
  /**
   * Answered from the tape in replays with `mock: 'marked'`, the default of the command and `replayTest`: for calls with side
   * effects or costs. Default: `false`.
   */
  readonly mockOnReplay?: boolean
  /** Returns what to keep instead of a value of this function's calls; runs before the hook of `configureTracing`. */
  readonly redact?: RedactHook
  /** `{ input: false }` keeps no arguments, `{ output: false }` no results. */
  readonly capture?: CaptureOptions
  /**
   * Records what the function, and all that it calls, reads from clocks and random generators, so that a replay returns the same
   * values: `Date`, `performance.now`, `process.hrtime`, `Math.random`, and the random functions of `node:crypto` and of the
   * Web's `crypto`, which include the ids of `nanoid` and `uuid`. Random numbers then come from seeds on the tape, so do not use
   * this for keys and passwords. Not covered: key generators, functions saved earlier (`const { now } = Date`), and id generators
   * with a counter: `cuid2` repeats its ids if its `init()` is called inside, and `uuid` version 7 until it generates two ids in
   * one millisecond or the time goes back.
   */
  readonly deterministic?: boolean
  /**
   * `record` records the calls of functions among the arguments (`onToken`, a Node callback), including those in plain objects
   * and lists, and a replay calls them again in order. The function then receives wrappers instead of the caller's functions:
   * `removeListener` would not find them. A call that returns `undefined` and has a function as its last argument ends when that
   * function is called first; later calls are not recorded. Default: functions are passed unchanged, and a replay reports that it
   * does not call them.
   */
  readonly callbacks?: 'record'
}

export function defineSpan(key: string, options: TracedOptions = {}): SpanDefinition {
  const {
    name = key,
    type = 'function',
    mockOnReplay = false,
    redact,
    capture,
    deterministic,
    callbacks,
  } = options
  if (deterministic) watchPools()
  return {
    key,
    name,
    type,
    mockOnReplay,
    ...(redact && { redact }),
    ...(capture && { capture }),
    ...(deterministic !== undefined && { deterministic }),
    ...(callbacks && { callbacks }),
  }
}
