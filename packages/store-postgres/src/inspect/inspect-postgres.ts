import type { Database, Queries } from '../database/database.ts'
import { openDatabase } from '../database/open.ts'
import { sql } from '../database/sql.ts'
import { copyOf } from '../migration/migrate.ts'
import { migrations } from '../migration/schema.ts'
import { checkedOptions, type PostgresTarget } from '../options.ts'
import { missingPrivileges } from './missing-privileges.ts'

/** What `runtape doctor` says about a database. */
export interface PostgresInspection {
  /** Where it is, without user and password. */
  readonly name: string
  /** Version of the server: `18.4`. */
  readonly server: string
  /** Version of the tables; 0 if there are none, or if the user may not see them. */
  readonly schemaVersion: number
  /** Version of the tables that this package needs. */
  readonly neededVersion: number
  /** Whether the tables were loaded from a dump or copied, and `runtape migrate` has not been run since. */
  readonly isCopied: boolean
  /** Whether it takes no writes, such as a replica. */
  readonly isReadOnly: boolean
  /** What this user may not do and the store needs: `INSERT on run_events`. */
  readonly missingPrivileges: readonly string[]
  /** How far the server's clock is ahead of this machine's, in milliseconds, within the time of a query. */
  readonly clockAheadMs: number
  /** Connections to the server, and how many it accepts. */
  readonly connections: { readonly open: number; readonly most: number }
}

/**
 * The state of a database without changing it: what a store would find there.
 *
 * @throws {RuntapeError} `invalid-option` for a wrong option; `store-unusable` if the database cannot be reached
 *
 * @example
 * ```ts
 * import { inspectPostgres } from '@runtape/store-postgres'
 *
 * const { server, schemaVersion, neededVersion } = await inspectPostgres({ connectionString: 'postgres://localhost/app' })
 * console.log(`Postgres ${server}`, schemaVersion === neededVersion ? 'is ready' : 'needs "runtape migrate"')
 * ```
 */
export async function inspectPostgres(target: PostgresTarget): Promise<PostgresInspection> {
  const database = openDatabase(checkedOptions(target, 'inspectPostgres'))
  try {
    return await database.transaction('READ ONLY', queries => inspect(queries, database))
  } finally {
    await database.close()
  }
}

interface ServerRow {
  readonly server: string
  readonly is_read_only: boolean
  readonly at: number
  readonly open: number
  readonly most: number
}

async function inspect(queries: Queries, database: Database): Promise<PostgresInspection> {
  const asked = Date.now()
  const [row] = await queries.rows<ServerRow>(
    sql`SELECT split_part(current_setting('server_version'), ' ', 1) AS server,
      (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at,
      pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS is_read_only,
      (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS open,
      current_setting('max_connections')::int AS most`,
  )
  const answered = Date.now()
  const { server, is_read_only, at, open, most } = row as ServerRow
  const missing = await missingPrivileges(queries, database.schema)
  const isClosed = missing.some(privilege => / on (schema|meta)/.test(privilege))
  const { version, isCopied } = isClosed ? { version: 0, isCopied: false } : await copyOf(queries, database)
  return {
    name: database.name,
    server,
    schemaVersion: version,
    neededVersion: migrations.length,
    isCopied,
    isReadOnly: is_read_only,
    missingPrivileges: missing,
    // The query ran between the two times.
    clockAheadMs: Math.round(at > answered ? at - answered : at < asked ? at - asked : 0),
    connections: { open, most },
  }
}
