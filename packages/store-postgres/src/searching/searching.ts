import type { Store } from '@runtape/core/store'
import { readSearchQuery } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { KeepFilling } from '../searched-texts/keep-filling.ts'
import { TextFiller } from '../searched-texts/text-filler.ts'
import { createTrigramIndex } from '../trigrams/trigram-index.ts'
import { readSearch } from './search-store.ts'

/** How long a search waits for texts that are not there yet, in milliseconds. */
const catchUpMs = 2000

/** The `search` of a store, and the work behind it. */
export interface Searching extends Pick<Store, 'search'> {
  /** Records were added. */
  onAppend(): void
  close(): Promise<void>
}

/** For a store without the option: finds the texts that others have added. */
export const searchOnly = (database: Database): Searching => ({
  search: async query => readSearch(database, readSearchQuery(query)),
  onAppend: () => {},
  close: async () => {},
})

/** @param createsIndex whether the index may be created */
export function searchOn(database: Database, createsIndex: boolean): Searching {
  const filler = new TextFiller(database)
  let indexed: Promise<void> | undefined
  const prepare = () => {
    if (!createsIndex) return Promise.resolve()
    indexed ??= createTrigramIndex(database).catch(() => {
      indexed = undefined
    })
    return indexed
  }
  const filling = new KeepFilling(async () => {
    await prepare()
    return filler.step()
  })
  return {
    search: async given => {
      const query = readSearchQuery(given)
      await prepare()
      await filler.catchUp(catchUpMs)
      filling.soon()
      return readSearch(database, query)
    },
    onAppend: () => filling.soon(),
    close: () => filling.stop(),
  }
}
