import {
  type Logger,
  messageOf,
  runInFrame,
  type Sink,
  type SpanRecord,
  type Store,
  type TapeRecord,
  warnSafely,
} from '@runtape/core'

/** Puts the records of a test run into its store. What it cannot keep it reports. */
export class RecordWriter {
  readonly #store: Store
  readonly #logger: Logger
  readonly #writing = new Set<Promise<void>>()

  constructor(store: Store, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  write(records: readonly TapeRecord[]): Promise<void> {
    const writing = this.#append(records).finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
    return writing
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing)
  }

  // A trace that could not be kept shows as missing when the test run completes: see `mapTraceIds`.
  async #append(records: readonly TapeRecord[]): Promise<void> {
    try {
      await this.#store.append(records)
    } catch (error) {
      warnSafely(this.#logger, `${records.length} records of a replay could not be kept: ${messageOf(error)}`)
    }
  }
}

/** What one replayed trace records: kept all together when it has ended, and what comes later as it comes. */
export class ItemRecords implements Sink {
  readonly #writer: RecordWriter
  #records: TapeRecord[] | undefined = []

  constructor(writer: RecordWriter) {
    this.#writer = writer
  }

  append(record: TapeRecord): void {
    if (this.#records) this.#records.push(record)
    // Out of the replay's frame: the store's own work is no part of what is replayed.
    else runInFrame(undefined, () => void this.#writer.write([record]))
  }

  /** Writes what there is, and hands out its spans. */
  async keep(): Promise<readonly SpanRecord[]> {
    const records = this.#records ?? []
    this.#records = undefined
    await this.#writer.write(records)
    return records.filter(record => record.kind === 'span')
  }

  async flush(): Promise<void> {
    await this.#writer.idle()
  }

  async close(): Promise<void> {
    await this.#writer.idle()
  }
}
