import type { CallValue, Sink } from '@runtape/core'
import {
  type ActiveReplay,
  type ActiveRun,
  beforeLastFlush,
  monotonicNow,
  type RunCall,
  realTimers,
} from '@runtape/core/internal'

/** After this time without any sign of an answer, its call ends without usage. */
const longestSilenceMs = 600_000
/** Number of final answers that are remembered, so that none is counted twice. */
const maxRemembered = 1000

/** What is kept of a call until its answer is final. Not the call itself, which has a reference to its prompt. */
interface BackgroundCall {
  /** Default: the call is in no run, and nothing waits for its answer. */
  readonly runCall: RunCall | undefined
  readonly run: ActiveRun | undefined
  /** The result of the call, from its own request. */
  readonly known: CallValue
  /** Warns that no usage arrived. */
  warn(): void
}

/** A call whose answer is made in the background. */
class OpenAnswer {
  readonly call: BackgroundCall
  readonly #started: number
  readonly #giveUp: (() => void) | undefined
  #requests = 0
  #timer: NodeJS.Timeout | undefined

  constructor(call: BackgroundCall, giveUp: (() => void) | undefined) {
    this.call = call
    this.#started = monotonicNow() - call.known.durationMs
    this.#giveUp = giveUp
    this.#wait()
  }

  end(value: CallValue): void {
    realTimers.clearTimeout(this.#timer)
    const { timeToFirstTokenMs: first } = this.call.known
    const { timeToFirstTokenMs: _, ...rest } = value
    const durationMs = monotonicNow() - this.#started
    this.call.runCall?.end({ ...rest, durationMs, ...(first !== undefined && { timeToFirstTokenMs: first }) })
  }

  /** Call when a request for the answer starts. The call is not given up while one is pending. */
  asked(): void {
    this.#requests++
    realTimers.clearTimeout(this.#timer)
  }

  answered(): void {
    if (--this.#requests === 0) this.#wait()
  }

  #wait(): void {
    if (!this.#giveUp) return
    this.#timer = realTimers.setTimeout(this.#giveUp, longestSilenceMs)
    this.#timer.unref()
  }
}

/** A final answer, or one that was given up. */
interface Remembered {
  /** The run that the answer counts for. */
  readonly run: ActiveRun | undefined
  readonly isCounted: boolean
}

/** The background answers of the process, or of one replay, where the ids are those of the recording. */
class BackgroundAnswers {
  readonly #open = new Map<string, OpenAnswer>()
  /** By id, the oldest first. */
  readonly #ended = new Map<string, Remembered>()
  readonly #givesUp: boolean

  constructor(givesUp: boolean) {
    this.#givesUp = givesUp
  }

  isOpen(id: string): boolean {
    return this.#open.has(id)
  }

  /** Call when a request for this answer starts. Returns a function to call when it ends. */
  asked(id: string): () => void {
    const open = this.#open.get(id)
    open?.asked()
    return () => {
      if (open && this.#open.get(id) === open) open.answered()
    }
  }

  open(id: string, call: BackgroundCall): void {
    // A host may reuse an id.
    this.#giveUp(id)
    this.#ended.delete(id)
    if (!call.runCall) return
    call.runCall.release?.()
    watchExit()
    this.#open.set(id, new OpenAnswer(call, this.#givesUp ? () => this.#giveUp(id) : undefined))
  }

  /**
   * Ends the call that this final answer belongs to. If this process made no such call, the answer counts for the run
   * of the code that requested it. Returns whether the answer is new.
   */
  end(id: string, value: CallValue, asking: ActiveRun | undefined): boolean {
    const open = this.#open.get(id)
    const before = this.#ended.get(id)
    if (!open && before?.isCounted) return false
    const run = open?.call.run ?? before?.run ?? asking
    if (open) open.end(value)
    else run?.startCall(id).end(value)
    this.#remember(id, { run, isCounted: true })
    return true
  }

  /** The call received its final answer itself. */
  ended(id: string): void {
    this.#remember(id, { run: undefined, isCounted: true })
  }

  /** @param closing gives up only the calls that go to this sink */
  giveUpAll(closing?: Sink): void {
    for (const [id, { call }] of this.#open) if (!closing || call.run?.sink === closing) this.#giveUp(id)
  }

  // Ends the call without usage: its run has unknown usage in the bill.
  #giveUp(id: string): void {
    const open = this.#open.get(id)
    if (!open) return
    const { call } = open
    this.#remember(id, { run: call.run, isCounted: false })
    open.end(call.known)
    if (call.known.status === 'success') call.warn()
  }

  #remember(id: string, how: Remembered): void {
    this.#open.delete(id)
    this.#ended.delete(id)
    this.#ended.set(id, how)
    const [oldest] = this.#ended.keys()
    if (this.#ended.size > maxRemembered && oldest !== undefined) this.#ended.delete(oldest)
  }
}

const live = new BackgroundAnswers(true)
const replayed = new WeakMap<ActiveReplay, BackgroundAnswers>()

/** The background answers that the running code may request. */
export function backgroundAnswers(replay: ActiveReplay | undefined): BackgroundAnswers {
  if (!replay) return live
  // A replay's pending answers are part of no bill.
  const known = replayed.get(replay) ?? new BackgroundAnswers(false)
  replayed.set(replay, known)
  return known
}

let watchesExit = false

// Prepended, so that a sink's own hook finds these calls when it flushes.
function watchExit(): void {
  if (watchesExit) return
  watchesExit = true
  process.prependListener('beforeExit', () => live.giveUpAll())
  process.prependListener('exit', () => live.giveUpAll())
  beforeLastFlush(closing => live.giveUpAll(closing))
}
