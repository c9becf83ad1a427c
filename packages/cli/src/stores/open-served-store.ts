import type { Store } from '@runtape/core/store'
import type { Args } from '../arguments/args.ts'
import { givenPath } from '../process/start.ts'
import { blobTarget } from './blob-target.ts'
import { defaultStore } from './open-store.ts'
import { isPostgres, postgresPackage, postgresTarget } from './postgres-target.ts'
import { requireDatabase } from './server-target.ts'

/** Opens the store of `--store` to write to it; a database or tables that are missing are created. */
export async function openServedStore(args: Args): Promise<Store> {
  const store = args.text('store') ?? defaultStore
  const search = args.has('search')
  if (isPostgres(store)) return openServedPostgres(store, search)
  requireDatabase(store)
  const { sqliteStore } = await import('@runtape/store-sqlite')
  return sqliteStore(givenPath(store), { search })
}

/** If it cannot be used, the server must not start: its clients would be the first to see it. */
async function openServedPostgres(address: string, search: boolean): Promise<Store> {
  const { postgresStore } = await postgresPackage()
  const store = postgresStore({ ...postgresTarget(address), ...(await blobTarget()), search })
  try {
    await store.runs.list({ limit: 1 })
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}
