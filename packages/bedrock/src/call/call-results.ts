import type { SpanStatus } from '@runtape/core'
import {
  type IterationEnd,
  type IterationObserver,
  isIteration,
  realTimers,
  tapIteration,
} from '@runtape/core/internal'
import { type CallResult, contained, fieldsOf, numberOf, type PreencodedMembers } from '@runtape/provider'
import { type Answer, readAnswer } from '../body/body-reader.ts'
import { type StreamReader, streamReader } from '../body/read-stream.ts'
import type { RecordedAnswer } from '../recorded/recorded-answer.ts'
import type { Signal } from '../recorded/replay-response.ts'
import { type BedrockCall, unreadNotes } from './bedrock-call.ts'

type Learned = Omit<CallResult, 'status'>

/** Ends an answered call: now, or when its stream has been read. */
export function answered(call: BedrockCall, output: unknown, signal: Signal): void {
  const { operation, wire } = call
  const stream = operation.stream && fieldsOf(output)[operation.stream]
  if (isIteration(stream))
    contained(() => tapIteration(stream, new StreamWatch(call, signal, retriesOf(output))))
  else
    end(call, { status: 'ok' }, () => {
      const answer = readAnswer(operation, output, wire?.response.headers ?? {})
      return learned(call, retriesOf(output), wire?.whole(), answer)
    })
}

/** Ends a failed call. */
export function failed(call: BedrockCall, error: unknown, signal: Signal): void {
  const isCancelled = contained(() => isAbort(error) || signal?.aborted)
  if (isCancelled)
    end(call, { status: 'cancelled' }, () => learned(call, { failure: error, ...retriesOf(error) }))
  else
    end(call, { status: 'error', error }, () => learned(call, retriesOf(error), responseBehind(call, error)))
}

/** Ends a call with its facts, or without them if reading them fails. */
function end(call: BedrockCall, how: CallResult, learn: () => Learned): void {
  const more = contained(learn)
  contained(() => call.end({ ...how, ...more }))
}

/** The kept output of a call: its response completely or not at all. */
function learned(
  call: BedrockCall,
  more: RecordedAnswer,
  members?: PreencodedMembers,
  answer?: Answer,
): Learned {
  const { wire, input } = call
  const recorded = members && wire ? { ...wire.head(), ...more } : more
  const { latencyMs, notes = [], ...facts } = answer ?? {}
  const unseen = answer && !(wire && !wire.isUnseen) ? [unseenNote] : []
  return {
    facts: { ...facts, notes: [...unreadNotes(input), ...notes, ...unseen] },
    ...(latencyMs !== undefined && { metadata: { latencyMs } }),
    output: limits => call.payload(recorded, wire && members, limits),
  }
}

const unseenNote = 'The response was not seen at the HTTP layer, so it cannot be replayed.'

/** The response from which the SDK made this error, if it would make the same error again. */
function responseBehind({ operation, wire }: BedrockCall, error: unknown): PreencodedMembers | undefined {
  // Set by the SDK's deserializer: all other failures happened before or after it.
  if (!wire || !Object.hasOwn(Object(error), '$response')) return undefined
  if (!operation.stream || wire.response.statusCode >= 300) return wire.whole()
  return wire.isBroken ? undefined : wire.events()
}

/** Observes a call with a stream to its end. Must hold no reference, direct or indirect, to the stream. */
class StreamWatch implements IterationObserver {
  // Released at the end: the stream may be held for long.
  #open: { readonly call: BedrockCall; readonly reader: StreamReader } | undefined
  readonly #signal: Signal
  readonly #retries: RecordedAnswer

  constructor(call: BedrockCall, signal: Signal, retries: RecordedAnswer) {
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
    if (contained(() => reader?.read(event))) call?.firstContent()
  }

  end(how: IterationEnd, durationMs?: number): void {
    if (!this.#open) return
    const { call, reader } = this.#open
    this.#open = undefined
    this.#signal?.removeEventListener?.('abort', this.#aborted)
    const error = how.status === 'error' ? how.error : undefined
    const status = this.#statusOf(how, reader)
    end(call, { status, error, durationMs }, () => {
      const { wire } = call
      const failure = wire?.isBroken && error !== undefined && { failure: error }
      const recorded = { ...reader.recorded(), ...failure, ...this.#retries }
      return learned(call, recorded, wire?.events(), reader.answer())
    })
  }

  #statusOf({ status }: IterationEnd, reader: StreamReader): SpanStatus {
    if (reader.isComplete && status !== 'error') return 'ok'
    return this.#signal?.aborted ? 'cancelled' : status
  }

  // A pending read of the next event fails first, with an error that a replay must know.
  readonly #aborted = (): void => {
    const durationMs = this.#open?.call.elapsed()
    realTimers.setTimeout(() => this.end({ status: 'cancelled' }, durationMs), noticeMs)
  }
}

/** How long a connection takes to break after an abort. */
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
