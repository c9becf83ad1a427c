import type { Store } from '@runtape/core/store'
import { Misuse } from '../arguments/usage-error.ts'
import { isPostgres } from './postgres-target.ts'

/** Whether `--store` is the address of a Runtape server. */
export const isServer = (store: string | undefined): store is string =>
  store !== undefined && /^https?:\/\//i.test(store)

/** A store behind `runtape serve`. */
export async function openServer(url: string): Promise<Store> {
  const { RUNTAPE_KEY: key } = process.env
  if (!key) throw new Misuse('A server needs a key: RUNTAPE_KEY=<key>. "runtape keys create" makes one.')
  return (await import('@runtape/store-http')).httpStore({ url, key })
}

/**
 * An address that is taken for a path would become an empty database in a folder named `https:`.
 *
 * @throws {Misuse} for any address but that of Postgres, if the command opens the database itself
 */
export function requireDatabase(store: string): void {
  if (isPostgres(store) || !/^[a-z][a-z\d+.-]*:\/\//i.test(store)) return
  if (isServer(store))
    throw new Misuse(
      'This command does not work through a server. Pass the database that the server opens: its path, on the machine of the server, or postgres://user@host/database.',
    )
  throw new Misuse('The address is not of a known kind. Pass a path, or postgres://user@host/database.')
}
