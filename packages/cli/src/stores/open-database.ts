import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type SqliteStore, sqliteStore } from '@runtape/store-sqlite'
import type { Args } from '../arguments/args.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { defaultStore } from './open-store.ts'
import { requireFile } from './postgres-target.ts'

/** Opens the database of `--store`, which must exist, while `use` runs. */
export async function withDatabase<T>(args: Args, use: (store: SqliteStore) => Promise<T>): Promise<T> {
  requireFile(args.text('store'))
  const path = args.text('store') ?? defaultStore
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new Misuse(`There is no database at ${resolve(path)}. Pass --store <path>.`)
  const store = sqliteStore(path, { worker: false })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
