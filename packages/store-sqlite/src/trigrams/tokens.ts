import { randomUUID } from 'node:crypto'
import type { Database } from '../database/database.ts'

// The database and its index can be replaced separately, for example by a backup. The index belongs to the database if its
// token is one of two in the database. Before each step, the database takes the token of the index and the one that the
// index will have after the step, so that a crash at any moment leaves both of them consistent.

/** Whether the index was made from this database, and not from an earlier or later state of it. */
export function isBound(main: Database, index: Database): boolean {
  // The index first: the database may be a step ahead, never behind.
  const token = tokenOf(index)
  const known = main.get<{ token: string | null; next_token: string | null }>('SELECT * FROM search_index')
  return token !== null && (token === known?.token || token === known?.next_token)
}

/**
 * Announces a step of the index. Call inside its transaction.
 *
 * @returns the token for the index after the step, and whether its contents belong to this database; `undefined` if
 *   another process has the database locked
 */
export function announce(
  main: Database,
  index: Database,
): { readonly token: string; readonly isOwn: boolean } | undefined {
  const token = randomUUID()
  return main.transactionNow(() => {
    const isOwn = isBound(main, index)
    main.run('UPDATE search_index SET token = ?, next_token = ?', isOwn ? tokenOf(index) : null, token)
    return { token, isOwn }
  })
}

const tokenOf = (index: Database): string | null =>
  index.get<{ token: string | null }>('SELECT token FROM index_state')?.token ?? null
