import { type Logger, messageOf, type Store, type TapeRecord, warnSafely } from '@runtape/core'

/** How many characters of payloads may wait to be written. */
const mostWaiting = 8_000_000

/** Puts the records of a test run into its store. What it cannot keep it reports. */
export class RecordWriter {
  readonly #store: Store
  readonly #logger: Logger
  readonly #writing = new Set<Promise<void>>()
  #waiting = 0

  constructor(store: Store, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  /** @param characters how many there are in their payloads, about */
  write(records: readonly TapeRecord[], characters = 0): Promise<void> {
    this.#waiting += characters
    const writing = this.#append(records).finally(() => {
      this.#waiting -= characters
      this.#writing.delete(writing)
    })
    this.#writing.add(writing)
    return writing
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing)
  }

  /** Whether so much waits to be written that no more should be made or got meanwhile. */
  get isFull(): boolean {
    return this.#waiting > mostWaiting
  }

  /** `undefined` unless it is full, else a promise that resolves when it is not. */
  room(): Promise<void> | undefined {
    return this.isFull ? this.#untilRoom() : undefined
  }

  async #untilRoom(): Promise<void> {
    while (this.isFull) await Promise.race(this.#writing)
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
