import { RuntapeError } from '@runtape/core'
import type { CopiedRecord, CopyOutcome } from '@runtape/core/internal'
import { recordName } from '@runtape/core/store-helpers'
import { type Arrival, addBatch, arrivalOf } from '../../append/append.ts'
import { prepare, type ToAdd } from '../../append/prepare.ts'
import type { WriteContext } from './write-context.ts'

/** Adds records as `append` does, with the times at which the other store received them. */
export async function writeRecords(
  { queries }: WriteContext,
  entries: readonly CopiedRecord[],
): Promise<CopyOutcome> {
  const refused: string[] = []
  const batch = entries.flatMap(entry => prepared(entry, refused))
  const [arrival] = await queries.rows<Arrival>(arrivalOf(batch.length))
  const fates = arrival ? await addBatch(queries, batch, arrival) : []
  const names = fates.flatMap(({ is, record }) => (is === 'conflict' ? [recordName(record)] : []))
  const known = fates.filter(({ is }) => is === 'duplicate').length
  return {
    copied: fates.length - known - names.length,
    known,
    conflicts: names,
    ...(refused.length > 0 && { refused }),
  }
}

/** An older version may have kept what is refused now. It must not stop the others. */
function prepared({ record, receivedAt }: CopiedRecord, refused: string[]): ToAdd[] {
  try {
    return [{ ...prepare(record), receivedAt: Math.floor(receivedAt) }]
  } catch (error) {
    if (!RuntapeError.isInstance(error) || error.code !== 'invalid-record') throw error
    refused.push(error.message)
    return []
  }
}
