import type { SpanRecord } from '@runtape/core'
import { type CallEffects, effectsKey, type MadeTracker, withTrackers } from '@runtape/core/internal'
import type { CaptureLimits } from '../capture/limits.ts'
import type { SpanDefinition } from '../definition.ts'
import { CallbackRecorder } from './callbacks.ts'
import { noteReceiver } from './receiver.ts'
import { abortedBy, signalsIn } from './signals.ts'
import { type WatchedArguments, watchArguments } from './watched-arguments.ts'

/** Observed effects of a call besides its input and result. */
export class CallWatch {
  /** Records the calls of functions among its arguments, if the function is declared so. */
  callbacks: CallbackRecorder | undefined
  /** Signals among its arguments. */
  signals: readonly AbortSignal[] | undefined
  /** Its arguments, if the call may change or return one. */
  arguments: WatchedArguments | undefined
  #noted: CallEffects | undefined
  #trackers: MadeTracker[] | undefined

  note(effects: CallEffects): void {
    this.#noted = this.#noted ? { ...this.#noted, ...effects } : effects
  }

  noteTracker(configKey: string, runId: string): void {
    this.#trackers ??= []
    if (this.#trackers.length < mostTrackers) this.#trackers.push([configKey, runId])
  }

  /** The record's metadata with everything that a replay must know. */
  finish(
    { input, status, metadata }: SpanRecord,
    error: unknown,
    limits: CaptureLimits,
  ): SpanRecord['metadata'] {
    const aborted = status === 'error' && this.signals ? abortedBy(this.signals, error) : undefined
    if (aborted) this.note({ aborted })
    const changes = status === 'unfinished' ? undefined : this.arguments?.effects(input, limits)
    if (changes) this.note(changes)
    if (this.callbacks) this.note(this.callbacks.finish())
    const noted = this.#noted ? { ...metadata, [effectsKey]: this.#noted } : metadata
    return this.#trackers ? withTrackers(noted, this.#trackers) : noted
  }
}

/** Maximum number of recorded trackers per call; a replay creates new runs for the others. */
const mostTrackers = 1000

/** Observes a running call, if its arguments contain anything to observe. */
export function watchCall(
  args: readonly unknown[],
  self: unknown,
  { mockOnReplay, callbacks }: SpanDefinition,
  limits: CaptureLimits,
): CallWatch | undefined {
  const records = callbacks === 'record'
  const watched = watchArguments(args, self, mockOnReplay)
  const receiver = mockOnReplay ? noteReceiver(self, limits) : undefined
  if (!watched && !records && !receiver) return undefined
  const watch = new CallWatch()
  watch.arguments = watched
  if (receiver) watch.note({ receiver })
  watch.signals = signalsIn(args)
  if (records) watch.callbacks = new CallbackRecorder(args, limits)
  return watch
}
