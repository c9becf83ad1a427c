import { type Payload, RuntapeError, type SpanRecord } from '@runtape/core'
import { type LoadedAnswer, messageOf, runInFrame } from '@runtape/core/internal'
import type { Store, Trace } from '@runtape/core/store'
import { type Comparison, comparePayloads } from '../compare/compare-payloads.ts'
import type { RecordWriter } from '../test-run/record-writer.ts'

/** Outputs of at least this many bytes are worth a separate query. */
export const deferOutputsFrom = 32_768

const isLarge = (output: Payload | undefined) =>
  output !== undefined && output.json.length >= deferOutputsFrom

/** A replayed span as kept until the item is over: without a large output, except for the root's. */
export function withoutLargeOutput(span: SpanRecord): SpanRecord {
  const { parentSpanId, output } = span
  if (parentSpanId === undefined || !output || !isLarge(output)) return span
  return { ...span, output: { json: 'null', deferred: output.json.length } }
}

export interface DeferredOutputsOptions {
  readonly trace: Trace
  readonly store: Pick<Store, 'traces'>
  readonly writer: Pick<RecordWriter, 'isFull' | 'room'>
  /** Called when an output could not be loaded: the replay is no longer reliable. */
  readonly onFailure: (error: Error) => void
}

/** Outputs that the store omitted from a recorded trace: loaded on demand, and not kept. */
export class DeferredOutputs {
  readonly #options: DeferredOutputsOptions
  /** Rejects each pending load. */
  readonly #loading = new Map<Promise<unknown>, (error: Error) => void>()
  /** Calls whose outputs differ, by span id. */
  readonly #compared = new Map<string, Comparison>()
  #stopped: Error | undefined

  constructor(options: DeferredOutputsOptions) {
    this.#options = options
  }

  /** See `RecordWriter.room`. */
  room(): Promise<void> | undefined {
    return this.#options.writer.room()
  }

  /** Whether a call waits for the store. */
  get isBusy(): boolean {
    return this.#loading.size > 0 || this.#options.writer.isFull
  }

  /** The output of a recorded call. Rejects if the store does not have it, or the replay was stopped. */
  load(span: SpanRecord): Promise<LoadedAnswer> {
    if (this.#stopped) return Promise.reject(this.#stopped)
    const { promise, resolve, reject } = Promise.withResolvers<LoadedAnswer>()
    this.#loading.set(promise, reject)
    this.#get(span).then(resolve, error => {
      this.#options.onFailure(error as Error)
      reject(error)
    })
    const loaded = () => void this.#loading.delete(promise)
    promise.then(loaded, loaded)
    return promise
  }

  /** A recorded call with its output, synchronously: for stores that support it. */
  whole(span: SpanRecord): SpanRecord {
    if (span.output?.deferred === undefined) return span
    const { trace, store, onFailure } = this.#options
    try {
      return requireOutput(
        span,
        runInFrame(undefined, () => store.traces.getSpanSync?.(trace.traceId, span.spanId)),
      )
    } catch (cause) {
      const error = unavailable(span, trace, cause)
      onFailure(error)
      throw error
    }
  }

  /** Compares a call that ran with the recorded one, if either output is not kept until the end. */
  compare(recorded: SpanRecord, { spanId, output, replay }: SpanRecord): void {
    const isKept = recorded.output?.deferred === undefined && !isLarge(output)
    if (isKept || replay?.mocked) return
    const note = (before: Payload | undefined) => {
      const compared = comparePayloads(before, output)
      if (compared.result !== 'same') this.#compared.set(spanId, compared)
    }
    if (recorded.output?.deferred === undefined) return note(recorded.output)
    const untold = () => {}
    this.load(recorded).then(loaded => note(loaded.output), untold)
  }

  /** How a call's result compares to the recorded one. */
  compared(before: SpanRecord, after: SpanRecord): Comparison {
    const isKept = before.output?.deferred === undefined && after.output?.deferred === undefined
    return isKept
      ? comparePayloads(before.output, after.output)
      : (this.#compared.get(after.spanId) ?? { result: 'same' })
  }

  /** Resolves when nothing is being loaded. */
  async idle(): Promise<void> {
    while (this.#loading.size > 0) await Promise.allSettled(this.#loading.keys())
  }

  /** Pending and later loads fail with this error. */
  stop(error: Error): void {
    this.#stopped = error
    for (const reject of this.#loading.values()) reject(error)
  }

  async #get(span: SpanRecord): Promise<LoadedAnswer> {
    const { trace, store } = this.#options
    // A loaded output is soon recorded again.
    await this.room()
    try {
      // The store's own work is not part of the replay.
      const found = await runInFrame(undefined, () => store.traces.getSpan(trace.traceId, span.spanId))
      const { output } = requireOutput(span, found)
      return { ...(output && { output }), isRecorded: true }
    } catch (cause) {
      throw unavailable(span, trace, cause)
    }
  }
}

function requireOutput({ spanId }: SpanRecord, found: SpanRecord | undefined): SpanRecord {
  if (found?.spanId === spanId && found.output && found.output.deferred === undefined) return found
  throw new RuntapeError('store-unusable', 'it is no longer in the store')
}

function unavailable({ key, spanId }: SpanRecord, { traceId }: Trace, cause: unknown): RuntapeError {
  return new RuntapeError(
    'store-unusable',
    `The recorded output of '${key}' (span ${spanId}) of trace ${traceId} could not be read: ` +
      `${messageOf(cause).replace(/\.$/, '')}. The replay of this trace was stopped; check the store and replay it again.`,
    { cause },
  )
}
