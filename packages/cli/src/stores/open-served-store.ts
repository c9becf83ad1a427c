import type { Store } from '@runtape/core/store'
import type { Args } from '../arguments/args.ts'
import { givenPath } from '../process/start.ts'
import { blobTarget } from './blob-target.ts'
import { defaultStore } from './open-store.ts'
import { isPostgres, postgresPackage, postgresTarget } from './postgres-target.ts'

/** Opens the store of `--store` to write to it; a database or tables that are missing are created. */
export async function openServedStore(args: Args): Promise<Store> {
  const store = args.text('store')
  if (isPostgres(store))
    return (await postgresPackage()).postgresStore({ ...postgresTarget(store), ...(await blobTarget()) })
  const { sqliteStore } = await import('@runtape/store-sqlite')
  return sqliteStore(givenPath(store ?? defaultStore), { search: true })
}
