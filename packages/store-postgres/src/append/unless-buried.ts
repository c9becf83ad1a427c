import { type Tombstone, type TombstoneBook, tombstonesOf, unlessBuried } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { buryAll, readTombstones } from '../removal/tombstones.ts'
import { prepareAgain, type ToAdd } from './prepare.ts'

/** What is left of a batch after removals; `undefined` in the places of records that are not kept. */
export async function keptOf(queries: Queries, batch: readonly ToAdd[]): Promise<(ToAdd | undefined)[]> {
  const book = new Book(
    await readTombstones(
      queries,
      batch.flatMap(({ record }) => tombstonesOf(record)),
      batch.some(({ receivedAt }) => receivedAt !== undefined) ? 'for copies' : 'all',
    ),
  )
  const kept = batch.map(one => {
    const record = unlessBuried(book, one.record)
    return record === one.record ? one : record && { ...prepareAgain(record), ...receivedOf(one) }
  })
  await buryAll(queries, book.added, 'record')
  return kept
}

const receivedOf = ({ receivedAt }: ToAdd) => (receivedAt === undefined ? {} : { receivedAt })

class Book implements TombstoneBook {
  readonly added = new Map<string, Tombstone>()
  readonly #known: Map<string, Tombstone>

  constructor(known: Map<string, Tombstone>) {
    this.#known = known
  }

  get(name: string): Tombstone | undefined {
    return this.#known.get(name)
  }

  bury(name: string, tombstone: Tombstone): void {
    const known = this.#known.get(name)
    if (known !== undefined && known.until >= tombstone.until) return
    this.#known.set(name, tombstone)
    this.added.set(name, tombstone)
  }
}
