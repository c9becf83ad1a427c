import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { copyingOf, type StoreCopying } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { Misuse } from '../arguments/usage-error.ts'
import { givenPath } from '../process/start.ts'
import { blobTarget } from '../stores/blob-target.ts'
import { isPostgres, postgresPackage, postgresTarget } from '../stores/postgres-target.ts'
import { requireDatabase } from '../stores/server-target.ts'
import { newWarnings } from '../terminal/warnings.ts'
import { folderSource } from './folder-source.ts'
import type { Side } from './verify-copy.ts'

/** Opens the store that is copied. It must exist. */
export async function openSource(name: string): Promise<Side> {
  requireDatabase(name)
  if (isPostgres(name)) return sideOf(await openPostgres(name, false))
  const path = givenPath(name)
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new Misuse(`There is no database at ${resolve(path)}. Pass --from <path or address>.`)
  if (!found.isDirectory()) return sideOf(await openFile(path))
  const { tapeStore } = await import('@runtape/replay/tapes')
  const store = tapeStore(path, { logger: newWarnings() })
  return { store, copying: folderSource(store, resolve(path)) }
}

/** Opens the store that is filled. Creates what is missing. */
export async function openTarget(name: string): Promise<Side<StoreCopying>> {
  requireDatabase(name)
  if (isPostgres(name)) return sideOf(await openPostgres(name, true))
  const path = givenPath(name)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new Misuse(
      `${resolve(path)} is a folder. Pass --to <path or address>; "runtape export" writes tape files.`,
    )
  return sideOf(await openFile(path))
}

/** As `openTarget`, but creates nothing: `undefined` if it does not exist yet. */
export async function openIfThere(name: string): Promise<Side<StoreCopying> | undefined> {
  requireDatabase(name)
  if (!isPostgres(name))
    return statSync(givenPath(name), { throwIfNoEntry: false }) ? openTarget(name) : undefined
  const side = sideOf(await openPostgres(name, false))
  const { from } = await (await postgresPackage()).migratePostgres({ ...postgresTarget(name), dryRun: true })
  if (from > 0) return side
  await side.store.close()
  return undefined
}

const openPostgres = async (name: string, migrate: boolean): Promise<Store> =>
  (await postgresPackage()).postgresStore({ ...postgresTarget(name), ...(await blobTarget()), migrate })

const openFile = async (path: string): Promise<Store> =>
  (await import('@runtape/store-sqlite')).sqliteStore(path, { worker: false })

function sideOf(store: Store): Side<StoreCopying> {
  const copying = copyingOf(store)
  if (copying === undefined)
    throw new Misuse('This version of the package of the store cannot copy. Install the newest one.')
  return { store, copying }
}
