import { type Payload, RuntapeError, type SpanRecord, type Store, type Trace } from '@runtape/core'
import { type LoadedAnswer, messageOf, runInFrame } from '@runtape/core/internal'
import { type Comparison, comparePayloads } from '../compare/compare-payloads.ts'
import type { RecordWriter } from '../test-run/record-writer.ts'

/** From this size on, in bytes, an output is worth a separate query. */
export const deferOutputsFrom = 32_768

const isLarge = (output: Payload | undefined) =>
  output !== undefined && output.json.length >= deferOutputsFrom

/** A span of a replay as it is kept until the item is over: without a large output, except for the root's. */
export function withoutLargeOutput(span: SpanRecord): SpanRecord {
  const { parentSpanId, output } = span
  if (parentSpanId === undefined || !output || !isLarge(output)) return span
  return { ...span, output: { json: 'null', deferred: output.json.length } }
}

export interface DeferredOutputsOptions {
  readonly trace: Trace
  readonly store: Pick<Store, 'traces'>
  readonly writer: Pick<RecordWriter, 'isFull' | 'room'>
  /** Told when one could not be got: the replay is not what it should be from then on. */
  readonly onFailure: (error: Error) => void
}

/** Outputs that the store left out of a recorded trace: got when they are needed, and not kept. */
export class DeferredOutputs {
  readonly #options: DeferredOutputsOptions
  /** How each that is being loaded is made to fail. */
  readonly #loading = new Map<Promise<unknown>, (error: Error) => void>()
  /** Of calls whose outputs are not the same, by span id. */
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

  /** The output of a recorded call. Rejects when the store does not have it, or the replay was stopped. */
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

  /** A recorded call with its output, at once: of a store that can do that. */
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

  /** Compares what a call that ran gave with what the recorded one did, where either output is not kept until the end. */
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

  /** How what a call gave stands to what the recorded one gave. */
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

  /** What is being loaded and what comes after fails with this error. */
  stop(error: Error): void {
    this.#stopped = error
    for (const reject of this.#loading.values()) reject(error)
  }

  async #get(span: SpanRecord): Promise<LoadedAnswer> {
    const { trace, store } = this.#options
    // What is got is soon recorded again.
    await this.room()
    try {
      // The store's own work is no part of what is replayed.
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
