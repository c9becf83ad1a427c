import { RuntapeError, type Store, type TapeRecord } from '@runtape/core'
import { messageOf, realTimers } from '@runtape/core/internal'

/** A record that was not written, and why. */
interface Failure {
  readonly record: TapeRecord
  readonly reason: string
}

/** What became of a batch. */
export interface WriteResult {
  /** As the store answered. */
  readonly receipts: readonly unknown[]
  /** Not valid: no store takes them. */
  readonly rejected: readonly Failure[]
  /** They alone cannot be written, and the store keeps them apart. */
  readonly setAside: readonly Failure[]
  /** They alone cannot be written, and the store has no place for them. */
  readonly refused: readonly Refusal[]
}

export interface Refusal extends Failure {
  /** Whether the record would fail at any time. */
  readonly isFinal: boolean
}

/**
 * Writes a batch. A record that is at fault is told from a store that is unwell: it must not hold up the others for
 * ever, so the batch is then written one by one.
 *
 * @param isSuspect whether the batch has failed again and again in the same way: then one of its records may be why
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

/** The same for a moment in which nothing can be awaited. */
export function writeBatchSync(store: Store, records: readonly TapeRecord[]): WriteResult {
  const append = (batch: readonly TapeRecord[]): unknown => store.appendSync?.(batch)
  try {
    return { ...nothing, receipts: [append(records)] }
  } catch {
    // There is no later time: what can be written is, whatever the reason.
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

/** So many failures and no success say that the store may be down. */
const enoughFailures = 3

/** Gathers what became of single records, and gives up when it is the store that fails. */
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

  /** Those that failed: the store may take them by now. */
  takeFailed(): readonly TapeRecord[] {
    return this.#failed.splice(0)
  }

  /** @throws what the record failed with, when the store is at fault. */
  fail(record: TapeRecord, error: unknown, isLast: boolean): void {
    const failure = { record, reason: messageOf(error) }
    if (isInvalid(error)) this.rejected.push(failure)
    else if (error instanceof NoAnswer) throw error
    else if (isLast || isOfOneRecord(error) || this.#mayBeDown()) this.#leaveOut(failure, error)
    else this.#failed.push(record)
  }

  /** @throws what all records failed with: then the store is at fault. */
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
      // It takes nothing at all: it is not the record.
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

// Records that are at fault must not always be the first three.
function inAnyOrder<T>(items: readonly T[]): readonly T[] {
  const start = Math.floor(realRandom() * items.length)
  return [...items.slice(start), ...items.slice(0, start)]
}

// Not the one that a deterministic call sees.
const realRandom = Math.random

export const isInvalid = (error: unknown): boolean => codeOf(error) === 'invalid-record'

const codeOf = (error: unknown): string | undefined =>
  RuntapeError.isInstance(error) ? error.code : undefined

const codesOfOneRecord: readonly unknown[] = ['invalid-record', 'damaged-record', 'record-too-large']
// Too large, and not as the server wants it: to be sent again in the same form helps nothing.
const statusesOfOneRecord: readonly unknown[] = [413, 422]

/** True for a failure of a record that would be the same at any time, and of others that come with it. */
export function isOfOneRecord(error: unknown): boolean {
  const { status } = (error ?? {}) as { readonly status?: unknown }
  return codesOfOneRecord.includes(codeOf(error)) || statusesOfOneRecord.includes(status)
}

/** The store did not answer: that says nothing of a record. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

// A store that never answers must not stop the recorder; what it took after all is a duplicate next time.
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
