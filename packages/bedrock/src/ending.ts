import type { SpanStatus } from '@runtape/core'
import {
  type IterationEnd,
  type IterationObserver,
  isIteration,
  realTimers,
  tapIteration,
} from '@runtape/core/internal'
import { fieldsOf, numberOf } from './fields.ts'
import type { Ending, ModelCall } from './model-call.ts'
import { onTheSide } from './on-the-side.ts'
import { type Answer, readAnswer } from './read-answer.ts'
import { type StreamReader, streamReader } from './read-stream.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import type { WireRecord } from './wire-record.ts'
import type { Written } from './written.ts'

type Signal = Partial<AbortSignal> | undefined

/** Ends a call that was answered: now, or when its stream has been read. */
export function answered(call: ModelCall, output: unknown, signal: Signal): void {
  const { operation } = call
  const stream = operation.stream && fieldsOf(output)[operation.stream]
  if (isIteration(stream))
    onTheSide(() => tapIteration(stream, new StreamWatch(call, signal, retriesOf(output))))
  else endOnTheSide(call, { status: 'ok' }, () => endingAnswered(call, output))
}

/** Ends a call that failed. */
export function failed(call: ModelCall, error: unknown, signal: Signal): void {
  const isCancelled = onTheSide(() => isAbort(error) || signal?.aborted)
  if (isCancelled)
    endOnTheSide(call, { status: 'cancelled' }, () => ({ recorded: { failure: error, ...retriesOf(error) } }))
  else
    endOnTheSide(call, { status: 'error', error }, () =>
      kept(call.wire, responseBehind(call, error), retriesOf(error)),
    )
}

type HowItEnded = Pick<Ending, 'status' | 'error' | 'durationMs'>

/** Ends a call with what was learned on the side, and without that where there is a fault in it. */
function endOnTheSide(call: ModelCall, how: HowItEnded, learned: () => Omit<Ending, 'status'>): void {
  const more = onTheSide(learned) ?? { recorded: {} }
  onTheSide(() => call.end({ ...how, ...more }))
}

function endingAnswered(call: ModelCall, output: unknown): Omit<Ending, 'status'> {
  const { operation, wire } = call
  const answer = readAnswer(operation, output, wire?.response.headers ?? {})
  return { ...kept(wire, wire?.whole(), retriesOf(output)), answer: seenBy(call, answer) }
}

/** The response of which the SDK made this error, where it would make the same one again. */
function responseBehind({ operation, wire }: ModelCall, error: unknown): Written | undefined {
  // The mark of the SDK's deserializer: everything else failed before or after it.
  if (!wire || !Object.hasOwn(Object(error), '$response')) return undefined
  if (!operation.stream || wire.response.statusCode >= 300) return wire.whole()
  return wire.isBroken ? undefined : wire.events()
}

/** What is kept of a response: all of it, or nothing. */
function kept(
  wire: WireRecord | undefined,
  written: Written | undefined,
  more: RecordedAnswer,
): Pick<Ending, 'recorded' | 'written'> {
  return written && wire ? { recorded: { ...wire.head(), ...more }, written } : { recorded: more }
}

/**
 * Sees a call whose answer is a stream to its end, and lets go of it then: the stream may be held for long. It knows
 * nothing that knows the stream.
 */
class StreamWatch implements IterationObserver {
  #open: { readonly call: ModelCall; readonly reader: StreamReader } | undefined
  readonly #signal: Signal
  readonly #retries: RecordedAnswer

  constructor(call: ModelCall, signal: Signal, retries: RecordedAnswer) {
    this.#open = { call, reader: streamReader(call.operation) }
    this.#signal = signal
    this.#retries = retries
    signal?.addEventListener?.('abort', this.#aborted)
  }

  step<T>(run: () => T): T {
    return run()
  }

  chunk(event: unknown): void {
    const { call, reader } = this.#open ?? {}
    if (onTheSide(() => reader?.read(event))) call?.firstContent()
  }

  end(how: IterationEnd, durationMs?: number): void {
    if (!this.#open) return
    const { call, reader } = this.#open
    this.#open = undefined
    this.#signal?.removeEventListener?.('abort', this.#aborted)
    const error = how.status === 'error' ? how.error : undefined
    const status = this.#statusOf(how, reader)
    endOnTheSide(call, { status, error, durationMs }, () => this.#learned(call, reader, error))
  }

  #learned(call: ModelCall, reader: StreamReader, error: unknown): Omit<Ending, 'status'> {
    const { wire } = call
    const sum = {
      ...reader.recorded(),
      ...(wire?.isBroken && error !== undefined && { failure: error }),
      ...this.#retries,
    }
    return { ...kept(wire, wire?.events(), sum), answer: seenBy(call, reader.answer()) }
  }

  #statusOf({ status }: IterationEnd, reader: StreamReader): SpanStatus {
    if (reader.isComplete && status !== 'error') return 'ok'
    return this.#signal?.aborted ? 'cancelled' : status
  }

  // Whoever waits for the next event is told first, by an error that a replay has to know.
  readonly #aborted = (): void => {
    const durationMs = this.#open?.call.elapsed()
    realTimers.setTimeout(() => this.end({ status: 'cancelled' }, durationMs), noticeMs)
  }
}

/** How long the connection takes to break after an abort. */
const noticeMs = 50

const isAbort = (error: unknown): boolean => fieldsOf(error).name === 'AbortError'

function retriesOf(holder: unknown): Pick<RecordedAnswer, 'attempts' | 'totalRetryDelay'> {
  const { $metadata } = fieldsOf(holder)
  const attempts = numberOf(fieldsOf($metadata).attempts)
  const totalRetryDelay = numberOf(fieldsOf($metadata).totalRetryDelay)
  return {
    ...(attempts !== undefined && { attempts }),
    ...(totalRetryDelay !== undefined && { totalRetryDelay }),
  }
}

const unseen = 'The response was not seen at the HTTP layer, so it cannot be replayed.'

const seenBy = ({ wire }: ModelCall, answer: Answer): Answer =>
  wire && !wire.isUnseen ? answer : { ...answer, notes: [...(answer.notes ?? []), unseen] }
