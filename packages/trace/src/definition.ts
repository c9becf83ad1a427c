import type { RedactHook } from './capture/limits.ts'
import { watchPools } from './determinism/random-pools.ts'

/** What a traced function says about its calls. */
export interface SpanDefinition {
  /** The trace function key: groups the spans of one function. */
  readonly key: string
  /** Tells apart functions that share a key. */
  readonly name: string
  /** What the call is: `function`, `tool`, `model`, or a word of the application's own. */
  readonly type: string
  /** Answered from the tape under `mock: 'marked'`: for whatever has side effects or costs. */
  readonly mockOnReplay: boolean
  readonly redact?: RedactHook
  readonly capture?: CaptureOptions
  readonly deterministic?: boolean
  readonly callbacks?: 'record'
}

/** What of a call is kept: all of it, unless it says `false`. A call whose input is not kept cannot be replayed. */
export interface CaptureOptions {
  readonly input?: boolean
  readonly output?: boolean
}

/** Options of a traced function. */
export interface TracedOptions {
  /** Tells apart functions that share a key. Default: the key. */
  readonly name?: string
  /** What the call is: `tool`, `model`, or a word of the application's own. Default: `function`. */
  readonly type?: string
  /**
   * Answered from the tape in replays with `mock: 'marked'`, as the command and `replayTest` have it: for whatever has side
   * effects or costs. Default: `false`.
   */
  readonly mockOnReplay?: boolean
  /** Says what is kept in the place of a value of this function's calls, before the hook of `configureTracing` does. */
  readonly redact?: RedactHook
  /** `{ input: false }` keeps no arguments, `{ output: false }` no results. */
  readonly capture?: CaptureOptions
  /**
   * Keeps what the function, and all that it calls, reads from the clock and draws by chance, so that a replay shows it
   * the same: `Date`, `performance.now`, `process.hrtime`, `Math.random`, and the random functions of `node:crypto` and
   * of the Web's `crypto`; so also the ids of `nanoid` and `uuid`. Random numbers then come from seeds that are on the
   * tape: not for keys and passwords. Not covered are the generators of keys, what was taken from these before (`const
   * { now } = Date`), and makers of ids that count from call to call: `cuid2` is the same where its `init()` is called
   * inside, and version 7 of `uuid` until it makes two ids in one millisecond or the time goes back.
   */
  readonly deterministic?: boolean
  /**
   * `record` keeps the calls of functions among the arguments (`onToken`, a callback of Node), also of those in plain
   * objects and lists, so that a replay calls them again in their order. The function then gets stand-ins, which are not
   * the very functions that the caller passed: `removeListener` would not find them. A call that returns `undefined`
   * and has a function as its last argument ends when that is called first; later calls are not kept.
   * Default: functions are passed as they are, and a replay reports that it does not call them.
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
