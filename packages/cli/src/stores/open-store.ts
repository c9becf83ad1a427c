import { statSync } from 'node:fs'
import type { Store } from '@runtape/core/store'
import type { Args } from '../arguments/args.ts'
import type { Flag } from '../arguments/command.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { givenPath } from '../process/start.ts'
import { newWarnings } from '../terminal/warnings.ts'
import { blobTarget } from './blob-target.ts'
import { isPostgres, postgresPackage, postgresTarget } from './postgres-target.ts'
import { isServer, openServer } from './server-target.ts'

export const defaultStore = 'runtape.db'

export const storeFlag: Flag = {
  value: 'path',
  about: `database path, address (postgres://…, or https://… with its key in RUNTAPE_KEY), or a folder of tape files. Default: ${defaultStore}.`,
}

/** Whether `--store` is a folder of tape files, which have no history. */
export const readsFiles = (args: Args): boolean =>
  statSync(givenPath(args.text('store') ?? defaultStore), { throwIfNoEntry: false })?.isDirectory() === true

/** Opens the store of `--store`. It must exist: a query must not create an empty database. */
async function openStore(args: Args, search = false): Promise<Store> {
  const store = args.text('store')
  // A query must not create tables either.
  if (isPostgres(store))
    return (await postgresPackage()).postgresStore({
      ...postgresTarget(store),
      ...(await blobTarget()),
      migrate: false,
      search,
    })
  if (isServer(store)) return openServer(store)
  const path = givenPath(store ?? defaultStore)
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) {
    throw new Misuse(
      `There is no database at ${path}. Pass --store <path>; "runtape doctor" finds out why nothing was recorded.`,
    )
  }
  if (found.isDirectory())
    return (await import('@runtape/replay/tapes')).tapeStore(path, { logger: newWarnings() })
  return (await import('@runtape/store-sqlite')).sqliteStore(path, { worker: false, search })
}

/**
 * Opens the store while `use` runs.
 *
 * @param other the store to use without `--store`
 */
export async function withStore<T>(args: Args, use: (store: Store) => Promise<T>, other?: Store): Promise<T> {
  const store = args.text('store') === undefined && other ? other : await openStore(args)
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** As `withStore`, for a store that can search. The first search reads the texts of older records. */
export async function withSearch<T>(args: Args, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(args, true)
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
