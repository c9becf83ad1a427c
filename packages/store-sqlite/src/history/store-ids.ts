import type { Database } from '../database/database.ts'
import type { Revision } from './revision-ids.ts'

/**
 * The ids of a store: revisions of another store have another one. A copy gets a new id, because it continues
 * differently, and still knows the revisions of the store that it was copied from, up to the copy.
 */
export const storeIdsMigration = `
  CREATE TABLE store_ids (
    id INTEGER PRIMARY KEY,
    store TEXT NOT NULL,
    event_id INTEGER,
    price_id INTEGER,
    span_id INTEGER,
    change_id INTEGER
  ) STRICT;
  INSERT INTO store_ids (store) VALUES (lower(hex(randomblob(4))));
`

/** The id of the store, as part of its revisions. */
export const storeId = (database: Database): string =>
  database.get<{ store: string }>('SELECT store FROM store_ids ORDER BY id DESC LIMIT 1')?.store ?? ''

/** The last revision that a store of this id shares with this one; `undefined` if there is none. */
export const lastShared = (
  database: Database,
  store: string,
  current: () => Revision,
): Revision | undefined => {
  const row = database.get<{ readonly [Id in keyof Revision]: number | null }>(
    `SELECT event_id AS eventId, price_id AS priceId, span_id AS spanId, change_id AS changeId
     FROM store_ids WHERE store = ?`,
    store,
  )
  return row?.eventId === null ? current() : (row as Revision | undefined)
}

/**
 * SQL: makes a copy of a store another store. Call it before anything is written to the copy.
 *
 * @param schema where the copy is attached
 */
export const becomeOtherStoreSql = (schema: string): readonly string[] => {
  const last = (table: string) => `(SELECT coalesce(max(id), 0) FROM ${schema}.${table})`
  return [
    `UPDATE ${schema}.store_ids SET event_id = ${last('run_events')}, price_id = ${last('event_prices')},
       span_id = ${last('span_rows')}, change_id = ${last('changes')} WHERE event_id IS NULL`,
    `INSERT INTO ${schema}.store_ids (store) VALUES (lower(hex(randomblob(4))))`,
  ]
}

/** For the file that replaces the one that was open: it may be an earlier copy of it. */
export function becomeOther(next: Database, old: Database): void {
  if (storeId(next) !== idIfReadable(old)) return
  next.transaction(() => {
    for (const sql of becomeOtherStoreSql('main')) next.run(sql)
  })
}

function idIfReadable(old: Database): string | undefined {
  try {
    return storeId(old)
  } catch {
    return undefined
  }
}
