import type { Database, Queries } from '../database/database.ts'
import { inSchema } from '../database/database.ts'
import { lockStatement } from '../database/locks.ts'
import { raw, sql } from '../database/sql.ts'
import { newStoreId } from './history-schema.ts'
import { lastXid } from './streams.ts'

/** Whether the tables were loaded from a dump, or copied, so that the transaction ids of their rows are of another server. */
export async function isElsewhere(queries: Queries, schema: string): Promise<boolean> {
  const [row] = await queries.rows<{ place: string; known: string; ahead: boolean }>(
    sql`SELECT '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
        || '/' || (SELECT oid FROM pg_namespace WHERE nspname = ${schema}) AS place,
      (SELECT place FROM @store_ids WHERE last_xid IS NULL ORDER BY id DESC LIMIT 1) AS known,
      ${lastXid} >= pg_snapshot_xmax(@current_snapshot()) AS ahead`,
  )
  const [known = '', ...rest] = (row?.known ?? '').split('/')
  const server = await serverId(queries)
  const isOtherServer = known !== '' && server !== '' && known !== server
  return row?.ahead === true || `/${rest.join('/')}` !== row?.place || isOtherServer
}

/** Survives a failover to a standby. Empty if the user may not read it. */
async function serverId(queries: Queries): Promise<string> {
  const [may] = await queries.rows<{ may: boolean }>(
    sql`SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS may`,
  )
  if (may?.may !== true) return ''
  const [row] = await queries.rows<{ id: string }>(
    sql`SELECT system_identifier::text AS id FROM pg_control_system()`,
  )
  return row?.id ?? ''
}

/**
 * Makes loaded or copied tables another store: it has another id, knows the revisions of the original up to the copy, and
 * its transaction ids are greater than those of the rows. Returns whether they were that.
 */
export async function adoptStore(queries: Queries, { schema }: Database): Promise<boolean> {
  if (!(await isElsewhere(queries, schema))) return false
  await queries.run(raw(lockStatement(schema, 'append', 'alone')))
  const [row] = await queries.rows<{ last: string; oldest: string }>(
    sql`SELECT ${lastXid}::text AS last, pg_snapshot_xmin(pg_current_snapshot())::text AS oldest`,
  )
  const last = BigInt(row?.last ?? 0)
  const distance = last - BigInt(row?.oldest ?? 0) + 1n
  await queries.script(inSchema(functionsAt(distance > 0n ? distance : 0n), schema))
  await queries.run(
    sql`INSERT INTO @meta (key, value) VALUES ('xid_distance', ${String(distance > 0n ? distance : 0n)})
      ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  )
  await queries.run(sql`UPDATE @store_ids SET last_xid = ${String(last)}::xid8 WHERE last_xid IS NULL`)
  await queries.run(
    sql`INSERT INTO @store_ids (id, store, place)
      SELECT (SELECT max(id) + 1 FROM @store_ids), ${raw(newStoreId)}, ${await serverId(queries)}::text
        || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
        || '/' || (SELECT oid FROM pg_namespace WHERE nspname = ${schema})`,
  )
  return true
}

function functionsAt(distance: bigint): string {
  const moved = (xid: string) => `(${xid}::text::bigint + ${distance})`
  const replace = (name: string, type: string, body: string) =>
    `CREATE OR REPLACE FUNCTION @${name}() RETURNS ${type} LANGUAGE sql STABLE AS '${body}';`
  if (distance === 0n)
    return `${replace('current_xid', 'xid8', 'SELECT pg_current_xact_id()')}
      ${replace('current_snapshot', 'pg_snapshot', 'SELECT pg_current_snapshot()')}`
  const open = `(SELECT string_agg(${moved('xid')}::text, '','') FROM pg_snapshot_xip(now) AS xid)`
  return `${replace('current_xid', 'xid8', `SELECT ${moved('pg_current_xact_id()')}::text::xid8`)}
    ${replace(
      'current_snapshot',
      'pg_snapshot',
      `SELECT (${moved('pg_snapshot_xmin(now)')} || '':'' || ${moved('pg_snapshot_xmax(now)')} || '':''
        || coalesce(${open}, ''''))::pg_snapshot FROM (SELECT pg_current_snapshot() AS now) AS one`,
    )}`
}
