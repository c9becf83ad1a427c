import { consoleLogger, type Logger, RuntapeError, type Store } from '@runtape/core'
import { type Recorder, type RecorderLimits, StoreRecorder } from './recorder.ts'

export interface RecorderOptions extends Partial<RecorderLimits> {
  readonly store: Store
  readonly logger?: Logger
}

const defaults: RecorderLimits = {
  maxSpans: 20_000,
  maxSpanBytes: 64 * 1024 * 1024,
  batchSize: 200,
  flushIntervalMs: 100,
  flushAttempts: 5,
  retryBaseMs: 50,
  retryMaxMs: 30_000,
}

/**
 * Carries records to a store. With an embedded store run events have left this process before `append` returns, so
 * `kill -9` loses none; spans are batched, and when memory is full the oldest are dropped, counted and reported.
 * What waits is written when the process ends, by itself, by `process.exit`, an uncaught error, or a signal.
 *
 * @param options.maxSpans Spans that may wait in memory; 20,000 when left out.
 * @param options.maxSpanBytes Bytes of payload that may wait in memory; 64 MiB when left out.
 * @param options.batchSize Spans that are written together; 200 when left out.
 * @param options.flushIntervalMs How long a span waits for others, in milliseconds; 100 when left out.
 * @param options.flushAttempts How often `flush` tries a failing store before it gives up waiting; 5 when left out.
 * @throws {RuntapeError} `invalid-option` when there is no store.
 *
 * @example
 * ```ts
 * import { createRecorder } from '@runtape/recorder'
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const recorder = createRecorder({ store: sqliteStore('runtape.db') })
 * recorder.diagnostics().queued // { runEvents: 0, spans: 0 }
 * ```
 */
export function createRecorder({ store, logger = consoleLogger, ...limits }: RecorderOptions): Recorder {
  if (typeof store?.append !== 'function') {
    throw new RuntapeError(
      'invalid-option',
      'createRecorder needs a store. Pass { store: sqliteStore("runtape.db") }.',
    )
  }
  return new StoreRecorder(store, logger, { ...defaults, ...limits })
}
