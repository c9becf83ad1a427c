import { consoleLogger, type Logger, type PriceList, RuntapeError } from '@runtape/core'
import { type Outbox, pricing, storeProblem } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { type EventQueue, MemoryEvents } from './events/event-queue.ts'
import { OutboxEvents } from './events/outbox-events.ts'
import { type GivenLimits, limitsOf, type RecorderLimits } from './limits.ts'
import { type Recorder, StoreRecorder } from './recorder.ts'
import { Warnings } from './reporting/warnings.ts'

export interface RecorderOptions extends GivenLimits {
  readonly store: Store
  /** For a remote store: keeps run events on disk until the store has acknowledged them. See `sqliteOutbox`. */
  readonly outbox?: Outbox
  /** Adds the cost of tokens to records. See `genaiPrices` of `@runtape/recorder/genai-prices`. */
  readonly prices?: PriceList
  readonly logger?: Logger
}

/**
 * Writes records to a store. Run events are billing data: with an embedded store, or an outbox in front of a remote store, they
 * are on disk before `append` returns, so `kill -9` loses none, and none is ever dropped. Spans are batched; when memory is full,
 * the oldest are dropped, counted and reported. A failing store is retried with exponential backoff and jitter. Queued records
 * are written when the process ends: normally, by `process.exit`, an uncaught error, or a signal. In a serverless function,
 * `await recorder.flush()` before returning.
 *
 * @throws {RuntapeError} `invalid-option` if there is no store, or a limit is not a number above 0.
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
export function createRecorder(options: RecorderOptions): Recorder {
  return storeRecorder(options, 'createRecorder')
}

/** @param maker the public function, for its errors */
export function storeRecorder(options: RecorderOptions, maker: string): StoreRecorder {
  const { store, outbox, prices, logger = consoleLogger, ...given } = options ?? ({} as RecorderOptions)
  const problem = storeProblem(store)
  if (problem !== undefined) throw new RuntapeError('invalid-option', `${maker} ${problem}.`)
  const limits = limitsOf(given)
  const warnings = new Warnings(logger)
  const price = prices && pricing(prices, (event, reason) => warnings.unpriced(event, reason))
  const events = eventsFor(store, outbox, logger, limits)
  return new StoreRecorder({ store, events, warnings, limits, price })
}

function eventsFor(
  store: Store,
  outbox: Outbox | undefined,
  logger: Logger,
  limits: RecorderLimits,
): EventQueue {
  if (outbox) return new OutboxEvents(outbox, logger, limits)
  // An embedded store has promised more than memory can guarantee.
  return new MemoryEvents(store.appendSync === undefined, limits.maxRunEvents)
}
