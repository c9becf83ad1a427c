import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Store } from '@runtape/core/store'
import { type SqliteStore, sqliteStore } from '@runtape/store-sqlite'
import type { Args } from '../arguments/args.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { defaultStore, withStore } from './open-store.ts'
import { isPostgres, postgresPackage, postgresTarget, requireFile } from './postgres-target.ts'
import { isServer, requireDatabase } from './server-target.ts'

/** Opens the database of `--store`, which must exist, while `use` runs. */
export async function withDatabase<T>(args: Args, use: (store: SqliteStore) => Promise<T>): Promise<T> {
  requireFile(args.text('store'))
  const path = args.text('store') ?? defaultStore
  requireDatabase(path)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new Misuse(`There is no database at ${resolve(path)}. Pass --store <path>.`)
  const store = sqliteStore(path, { worker: false })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/**
 * As `withDatabase`, also for a database in Postgres and behind a server. `vacuum` rewrites what may contain copies of removed data, and returns
 * what is left, if anything.
 */
export async function withRemovals<T>(
  args: Args,
  use: (store: Store, vacuum: () => Promise<string | undefined>) => Promise<T>,
): Promise<T> {
  const address = args.text('store')
  if (isServer(address)) return withStore(args, store => use(store, noVacuum))
  if (!isPostgres(address)) return withDatabase(args, store => use(store, () => store.vacuum()))
  const { vacuumPostgres } = await postgresPackage()
  return withStore(args, store => use(store, () => vacuumPostgres(postgresTarget(address))))
}

const noVacuum = async (): Promise<string> =>
  'A server does not vacuum. Run the same command with --vacuum on the database that the server opens.'
