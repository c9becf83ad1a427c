import type { Logger, TapeRecord } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'

/** How many characters of payloads may wait to be written. */
const mostWaiting = 8_000_000

/** Writes the records of a test run to its store. Reports records that cannot be written. */
export class RecordWriter {
  readonly #store: Store
  readonly #logger: Logger
  /** Callers that wait until less, or nothing, is being written. */
  readonly #waiting = new Set<() => void>()
  #writing = 0
  #characters = 0
  #hasGivenUp = false

  constructor(store: Store, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  /** @param characters approximate size of their payloads */
  async write(records: readonly TapeRecord[], characters = 0): Promise<void> {
    this.#writing++
    this.#characters += characters
    await this.#append(records)
    this.#writing--
    this.#characters -= characters
    this.#wake()
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    while (this.#writing > 0 && !this.#hasGivenUp) await this.#change()
  }

  /** From now on the unresponsive store is no longer awaited. */
  giveUp(): void {
    this.#hasGivenUp = true
    this.#wake()
  }

  /** Whether the store no longer responds. */
  get hasGivenUp(): boolean {
    return this.#hasGivenUp
  }

  /** Whether so much waits to be written that no more should be produced or loaded meanwhile. */
  get isFull(): boolean {
    return this.#characters > mostWaiting && !this.#hasGivenUp
  }

  /** `undefined` unless it is full; then a promise that resolves when it is not. */
  room(): Promise<void> | undefined {
    return this.isFull ? this.#untilRoom() : undefined
  }

  async #untilRoom(): Promise<void> {
    while (this.isFull) await this.#change()
  }

  #change(): Promise<void> {
    return new Promise(resolve => this.#waiting.add(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  // A trace that could not be kept is reported as missing when the test run completes: see `mapTraceIds`.
  async #append(records: readonly TapeRecord[]): Promise<void> {
    try {
      await this.#store.append(records)
    } catch (error) {
      warnSafely(
        this.#logger,
        `${records.length} records of a replay could not be written: ${messageOf(error)}`,
      )
    }
  }
}
