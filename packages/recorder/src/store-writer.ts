import { type AppendReceipt, RuntapeError, type Store, type TapeRecord } from '@runtape/core'
import { messageOf, realTimers } from '@runtape/core/internal'

/** What became of a batch; `rejected` names records that the store will never take. */
export interface WriteResult {
  readonly receipts: readonly AppendReceipt[]
  readonly rejected: readonly { readonly record: TapeRecord; readonly reason: string }[]
}

/**
 * Writes a batch. A record that is invalid is told from a store that is unwell: it must not hold up the others for
 * ever, so the batch is then written one by one.
 */
export async function writeBatch(
  store: Store,
  records: readonly TapeRecord[],
  timeoutMs: number,
): Promise<WriteResult> {
  try {
    return { receipts: [await inTime(store.append(records), timeoutMs)], rejected: [] }
  } catch (error) {
    if (!isInvalid(error)) throw error
    return writeOneByOne(store, records, timeoutMs)
  }
}

async function writeOneByOne(
  store: Store,
  records: readonly TapeRecord[],
  timeoutMs: number,
): Promise<WriteResult> {
  const receipts: AppendReceipt[] = []
  const rejected: { record: TapeRecord; reason: string }[] = []
  for (const record of records) {
    try {
      receipts.push(await inTime(store.append([record]), timeoutMs))
    } catch (error) {
      if (!isInvalid(error)) throw error
      rejected.push({ record, reason: messageOf(error) })
    }
  }
  return { receipts, rejected }
}

/** The same for a moment in which nothing can be awaited. */
export function writeBatchSync(
  appendSync: (records: readonly TapeRecord[]) => AppendReceipt,
  records: readonly TapeRecord[],
): WriteResult {
  try {
    return { receipts: [appendSync(records)], rejected: [] }
  } catch (error) {
    if (!isInvalid(error)) throw error
  }
  const receipts: AppendReceipt[] = []
  const rejected: { record: TapeRecord; reason: string }[] = []
  for (const record of records) {
    try {
      receipts.push(appendSync([record]))
    } catch (error) {
      if (!isInvalid(error)) throw error
      rejected.push({ record, reason: messageOf(error) })
    }
  }
  return { receipts, rejected }
}

export const isInvalid = (error: unknown): boolean =>
  RuntapeError.isInstance(error) && error.code === 'invalid-record'

// A store that never answers must not stop the recorder; what it took after all is a duplicate next time.
async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = realTimers.setTimeout(
      () => reject(new Error(`the store did not answer in ${timeoutMs} ms.`)),
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
