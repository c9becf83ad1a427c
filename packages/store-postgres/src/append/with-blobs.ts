import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { blobFrom, claim, upload } from '../blobs/upload.ts'
import type { Database, Queries } from '../database/database.ts'
import type { SharedPayload } from '../records/span-rows.ts'
import type { ToAdd } from './prepare.ts'

/** How often objects are uploaded that are deleted during the append. */
const mostUploads = 3

/** An object was deleted during the append: all that needed it had been removed. */
const deletedMeanwhile = 'An object of the blob store was deleted during the append. Append the batch again.'

/** Adds a batch whose large payloads are in the blob store, if there is one. */
export async function withBlobs<T>(
  database: Database,
  batch: readonly ToAdd[],
  add: (batch: readonly ToAdd[]) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await add(await uploaded(database, batch))
    } catch (error) {
      if (messageOf(error) !== deletedMeanwhile || attempt === mostUploads) throw error
    }
  }
}

/** The batch, with the keys of the objects in place of large payloads. */
async function uploaded(database: Database, batch: readonly ToAdd[]): Promise<readonly ToAdd[]> {
  const { bodies } = database
  const large = bodies ? batch.flatMap(payloadsOf).filter(({ json }) => json.length > blobFrom) : []
  if (!bodies || large.length === 0) return batch
  const objects = await upload(database, bodies, large)
  return batch.map(one =>
    one.kind === 'span' ? { ...one, payloads: one.payloads.map(payload => objects.inPlaceOf(payload)) } : one,
  )
}

const payloadsOf = (one: ToAdd): readonly SharedPayload[] => (one.kind === 'span' ? one.payloads : [])

/** Marks the objects of payloads that were just added as used. */
export async function claimBlobs(queries: Queries, payloads: readonly SharedPayload[]): Promise<void> {
  if (
    !(await claim(
      queries,
      payloads.flatMap(({ blob }) => blob ?? []),
    ))
  )
    throw new RuntapeError('store-unusable', deletedMeanwhile)
}
