import { setImmediate as nextTurn } from 'node:timers'
import { type CallbackCall, isThenable, runInFrame } from '@runtape/core/internal'
import { decodeWith } from '../capture/decode.ts'
import { showPath } from '../capture/notes.ts'
import { functionAt, functionsIn } from '../effects/callbacks.ts'
import type { Span } from '../spans/span.ts'
import { missing } from './missing.ts'
import { read } from './read-kept.ts'
import type { Served, ServedCall } from './served-call.ts'

/** Calls functions among the arguments again, as the recorded call did. */
export class CallbackPlayer {
  readonly #span: Span
  readonly #served: Served
  readonly #call: ServedCall
  readonly #left: CallbackCall[]

  constructor(span: Span, served: Served, call: ServedCall) {
    this.#span = span
    this.#served = served
    this.#call = call
    this.#left = [...(served.effects?.callbacks ?? [])]
    if (served.isRecorded !== undefined && served.effects?.callbacks === undefined) this.#reportUncalled()
    if (served.effects?.callbacksCut)
      served.note?.('called its arguments more often than the tape has recorded')
  }

  /** Whether the recorded call ended with a later callback, as Node functions do. */
  get endsLater(): boolean {
    return this.#served.resultKind === 'value' && this.#left[0]?.isLate === true
  }

  /** Calls made before the call returned. */
  playAtOnce(): void {
    while (this.#left.length > 0 && !this.#left[0]?.isLate) this.#play(this.#left.shift() as CallbackCall)
  }

  /** Calls made before the promise settled; for a stream, before this many chunks were read. */
  async play(chunks = Number.POSITIVE_INFINITY): Promise<void> {
    for (let next = this.#left[0]; next && (next.chunks ?? 0) <= chunks; next = this.#left[0]) {
      this.#left.shift()
      const result = this.#play(next)
      if (next.awaited && isThenable(result)) await result
      else await undefined
    }
  }

  /** `play` for a generator, which cannot wait. */
  playBefore(chunks: number): void {
    for (let next = this.#left[0]; next && (next.chunks ?? 0) <= chunks; next = this.#left[0]) {
      this.#left.shift()
      this.#play(next)
    }
  }

  /** In a later turn of the event loop, when the call may end: each call separately, as originally. */
  playLater(end: () => void): void {
    nextTurn(() => {
      const ready = this.#served.ready?.()
      if (ready) void ready.then(() => nextTurn(() => this.#playRest(end)))
      else this.#playRest(end)
    })
  }

  #playRest(end: () => void): void {
    end()
    for (const next of this.#left.splice(0)) nextTurn(() => void this.#play(next))
  }

  #play({ path, args }: CallbackCall): unknown {
    const found = functionAt(this.#call.args, path)
    if (!found) {
      this.#served.note?.(`called ${showPath(path)}, which is no longer a function`)
      return undefined
    }
    const list = this.#read(args, path) as unknown[]
    const self = found.owner === this.#call.args ? undefined : found.owner
    return runInFrame(this.#span.frame(), () => found.fn.apply(self, list))
  }

  #read(args: CallbackCall['args'], path: CallbackCall['path']): unknown {
    const problems = [...(args.lossy ?? []), ...(args.redacted ?? [])]
    if (args.truncated !== undefined) problems.push(`${args.truncated} bytes were too large to keep`)
    const value = read(() => decodeWith(args, { search: true, incomplete: why => problems.push(why) }))
    if (problems.length === 0) return value
    throw missing(
      this.#served,
      `the recorded call called ${showPath(path)} with values that are not on the tape (${problems[0]})`,
    )
  }

  #reportUncalled(): void {
    const paths = functionsIn(this.#call.args).map(({ path }) => showPath(path))
    if (paths.length > 0) this.#served.uncalled?.(paths)
  }
}
