import { type IterationEnd, isIteration, type SpanStatus, tapIteration } from '@runtape/core'
import { fieldsOf, numberOf } from './fields.ts'
import type { Ending, ModelCall } from './model-call.ts'
import { type Answer, readAnswer } from './read-answer.ts'
import { type StreamReader, streamReader } from './read-stream.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import type { WireRecord } from './wire-record.ts'
import type { Written } from './written.ts'

type Signal = Partial<AbortSignal> | undefined

/** Ends a call that was answered: now, or when its stream has been read. */
export function answered(call: ModelCall, output: unknown, signal: Signal): void {
  const { operation, wire } = call
  const stream = operation.stream && fieldsOf(output)[operation.stream]
  const retries = retriesOf(output)
  if (isIteration(stream)) return endWithStream(call, stream, signal, retries)
  const answer = readAnswer(operation, output, wire?.response.headers ?? {})
  call.end({ status: 'ok', ...kept(wire, wire?.whole(), retries), answer: seenBy(call, answer) })
}

/** Ends a call that failed. */
export function failed(call: ModelCall, error: unknown, signal: Signal): void {
  const retries = retriesOf(error)
  if (isAbort(error) || signal?.aborted) {
    call.end({ status: 'cancelled', recorded: { failure: error, ...retries } })
  } else call.end({ status: 'error', ...kept(call.wire, responseBehind(call, error), retries), error })
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

function endWithStream(call: ModelCall, stream: object, signal: Signal, retries: RecordedAnswer): void {
  const reader = streamReader(call.operation)
  const ending = new StreamEnding(call, reader, signal, retries)
  const chunk = (event: unknown) => {
    if (reader.read(event)) call.firstContent()
  }
  tapIteration(stream, { step: run => run(), chunk, end: how => ending.end(how) })
}

/** The end of a call whose answer is a stream. It knows nothing that knows the stream. */
class StreamEnding {
  readonly #call: ModelCall
  readonly #reader: StreamReader
  readonly #signal: Signal
  readonly #retries: RecordedAnswer

  constructor(call: ModelCall, reader: StreamReader, signal: Signal, retries: RecordedAnswer) {
    this.#call = call
    this.#reader = reader
    this.#signal = signal
    this.#retries = retries
    signal?.addEventListener?.('abort', this.#aborted)
  }

  end(how: IterationEnd, durationMs?: number): void {
    this.#signal?.removeEventListener?.('abort', this.#aborted)
    const error = how.status === 'error' ? how.error : undefined
    const wire = this.#call.wire
    this.#call.end({
      status: this.#status(how),
      ...kept(wire, wire?.events(), {
        ...this.#reader.recorded(),
        ...(wire?.isBroken && error !== undefined && { failure: error }),
        ...this.#retries,
      }),
      answer: seenBy(this.#call, this.#reader.answer()),
      error,
      durationMs,
    })
  }

  #status({ status }: IterationEnd): SpanStatus {
    if (this.#reader.isComplete && status !== 'error') return 'ok'
    return this.#signal?.aborted ? 'cancelled' : status
  }

  // Whoever waits for the next event is told first, by an error that a replay has to know.
  readonly #aborted = (): void => {
    const durationMs = this.#call.elapsed()
    setTimeout(() => this.end({ status: 'cancelled' }, durationMs), noticeMs)
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
