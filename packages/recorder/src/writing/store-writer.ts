import { RuntapeError, type TapeRecord } from '@runtape/core'
import { messageOf, realTimers } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { isBusy } from './patience.ts'

/** A record that was not written, and why. */
interface Failure {
  readonly record: TapeRecord
  readonly reason: string
}

/** Result of writing a batch. */
export interface WriteResult {
  /** Accepted, according to the store. */
  readonly receipts: readonly unknown[]
  /** Invalid: no store accepts them. */
  readonly rejected: readonly Failure[]
  /** Unwritable even alone; the store set them aside. */
  readonly setAside: readonly Failure[]
  /** Unwritable even alone; the store cannot set them aside. */
  readonly refused: readonly Refusal[]
}

export interface Refusal extends Failure {
  /** Whether the record would always fail. */
  readonly isFinal: boolean
}

/**
 * Writes a batch. If a record may be the cause of a failure rather than the store, the batch is written one by one, so that the
 * record does not block the others for ever.
 *
 * @param isSuspect whether the batch has failed repeatedly in the same way, so one of its records may be the cause
 */
export async function writeBatch(
  store: Store,
  records: readonly TapeRecord[],
  timeoutMs: number,
  isSuspect: boolean,
): Promise<WriteResult> {
  const append = (batch: readonly TapeRecord[]): Promise<unknown> => inTime(store.append(batch), timeoutMs)
  if (!isSuspect) {
    try {
      return { ...nothing, receipts: [await append(records)] }
    } catch (error) {
      if (!isOfOneRecord(error)) throw error
    }
  }
  return writeOneByOne(store, records, append)
}

const nothing = { receipts: [], rejected: [], setAside: [], refused: [] }

async function writeOneByOne(
  store: Store,
  records: readonly TapeRecord[],
  append: (batch: readonly TapeRecord[]) => Promise<unknown>,
): Promise<WriteResult> {
  const result = new OneByOne(store, records.length)
  for (const isLast of [false, true])
    for (const record of isLast ? result.takeFailed() : inAnyOrder(records)) {
      try {
        result.receipts.push(await append([record]))
      } catch (error) {
        result.fail(record, error, isLast)
      }
    }
  return result.conclude()
}

/** The same when nothing can be awaited. */
export function writeBatchSync(store: Store, records: readonly TapeRecord[]): WriteResult {
  const append = (batch: readonly TapeRecord[]): unknown => store.appendSync?.(batch)
  try {
    return { ...nothing, receipts: [append(records)] }
  } catch {
    // There is no later time: everything writable is written, whatever the reason.
  }
  const result = new OneByOne(store, records.length)
  for (const record of records) {
    try {
      result.receipts.push(append([record]))
    } catch (error) {
      result.fail(record, error, true)
    }
  }
  return result.conclude()
}

/** This many failures without a success suggest that the store is down. */
const enoughFailures = 3

/** Collects results of single records, and gives up if the store is failing. */
class OneByOne {
  readonly receipts: unknown[] = []
  readonly rejected: Failure[] = []
  readonly setAside: Failure[] = []
  readonly refused: Refusal[] = []
  readonly #store: Store
  readonly #count: number
  #failed: TapeRecord[] = []
  #isUnsure = false
  #lastError: unknown

  constructor(store: Store, count: number) {
    this.#store = store
    this.#count = count
  }

  /** Those that failed: the store may accept them by now. */
  takeFailed(): readonly TapeRecord[] {
    return this.#failed.splice(0)
  }

  /** @throws the record's error, if the store is the cause. */
  fail(record: TapeRecord, error: unknown, isLast: boolean): void {
    const failure = { record, reason: messageOf(error) }
    if (isInvalid(error)) this.rejected.push(failure)
    else if (error instanceof NoAnswer || isBusy(error)) throw error
    else if (isLast || isOfOneRecord(error) || this.#mayBeDown()) this.#leaveOut(failure, error)
    else this.#failed.push(record)
  }

  /** @throws the error of all records: then the store is the cause. */
  conclude(): WriteResult {
    if (this.#isUnsure && this.receipts.length === 0) throw this.#lastError
    const { receipts, rejected, setAside, refused } = this
    return { receipts, rejected, setAside, refused }
  }

  #mayBeDown(): boolean {
    return this.receipts.length === 0 && this.#failed.length + 1 >= Math.min(enoughFailures, this.#count)
  }

  #leaveOut(failure: Failure, error: unknown): void {
    if (this.#store.setAside) this.#setAside(failure, error)
    else this.#refuse(failure, error)
  }

  #setAside(failure: Failure, error: unknown): void {
    try {
      this.#store.setAside?.put(failure.record, failure.reason)
    } catch (putError) {
      // It accepts nothing at all, so the record is not the cause.
      if (!isOfOneRecord(putError)) throw error
      this.refused.push({ ...failure, isFinal: true })
      return
    }
    this.setAside.push(failure)
  }

  #refuse(failure: Failure, error: unknown): void {
    const isFinal = isOfOneRecord(error)
    if (!isFinal && this.#mayBeDown()) throw error
    this.refused.push({ ...failure, isFinal })
    if (isFinal) return
    this.#isUnsure = true
    this.#lastError = error
  }
}

// The failing records must not always be the first three.
function inAnyOrder<T>(items: readonly T[]): readonly T[] {
  const start = Math.floor(realRandom() * items.length)
  return [...items.slice(start), ...items.slice(0, start)]
}

// Captured on import: deterministic calls replace `Math.random`.
const realRandom = Math.random

export const isInvalid = (error: unknown): boolean => codeOf(error) === 'invalid-record'

const codeOf = (error: unknown): string | undefined =>
  RuntapeError.isInstance(error) ? error.code : undefined

const codesOfOneRecord: readonly unknown[] = ['invalid-record', 'damaged-record', 'record-too-large']
// Too large, or not in the form that the server expects: sending it again unchanged does not help.
const statusesOfOneRecord: readonly unknown[] = [413, 422]

/** True for a failure that a record would always have, also together with others. */
export function isOfOneRecord(error: unknown): boolean {
  const { status } = (error ?? {}) as { readonly status?: unknown }
  return codesOfOneRecord.includes(codeOf(error)) || statusesOfOneRecord.includes(status)
}

/** The store did not respond: this says nothing about a record. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

// A store that never responds must not stop the recorder; if it did write the records, they are duplicates next time.
export async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = realTimers.setTimeout(
      () => reject(new NoAnswer(`the store did not respond within ${timeoutMs} ms.`)),
      timeoutMs,
    )
    timer.unref()
  })
  try {
    return await Promise.race([work, late])
  } finally {
    realTimers.clearTimeout(timer)
  }
}
