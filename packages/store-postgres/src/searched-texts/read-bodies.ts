import { RuntapeError } from '@runtape/core'
import { searchedJson } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { noBlobs } from '../database/errors.ts'

/** A body in the blob store, and what it must have. */
export interface WantedBody {
  readonly key: string
  readonly hash: string
}

/** As much of each body as is searched; `undefined` if it is lost. */
export type ReadBodies = ReadonlyMap<string, string | undefined>

/**
 * Reads bodies of the blob store. Call it outside of transactions: a bucket may take long to answer.
 *
 * @throws {RuntapeError} `store-unusable` if the blob store cannot be reached
 */
export async function readBodies(database: Database, wanted: readonly WantedBody[]): Promise<ReadBodies> {
  const hashes = new Map(wanted.map(({ key, hash }) => [key, hash]))
  return new Map(
    await Promise.all(
      [...hashes].map(async ([key, hash]) => [key, await start(database, key, hash)] as const),
    ),
  )
}

async function start({ bodies, name }: Database, key: string, hash: string): Promise<string | undefined> {
  if (!bodies) throw noBlobs(name, key)
  try {
    return (await bodies.get(key, hash)).slice(0, searchedJson + 1)
  } catch (error) {
    // One that is gone for good must not keep later texts from being found.
    if (RuntapeError.isInstance(error) && error.code === 'damaged-record') return undefined
    throw error
  }
}
