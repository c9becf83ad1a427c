import type { Database, Queries } from '../database/database.ts'
import { inSchema, quoted } from '../database/database.ts'
import { unusable } from '../database/errors.ts'
import { lockStatement } from '../database/locks.ts'
import { raw, sql } from '../database/sql.ts'
import { adoptStore, isElsewhere } from '../history/adopt-store.ts'
import { migrations } from './schema.ts'

/** Versions of a schema. */
export interface PostgresMigration {
  /** 0 if it had no tables of Runtape. */
  readonly from: number
  readonly to: number
  /** The missing statements; empty if the schema is up to date. */
  readonly sql: string
}

/** Makes sure that the schema has the version of this package. */
export async function openSchema(database: Database, mayMigrate: boolean): Promise<void> {
  const version = await database.transaction('READ ONLY', queries => versionOf(queries, database.schema))
  if (version > migrations.length) throw tooNew(database.name, version)
  const isUpToDate = version === migrations.length
  if (
    isUpToDate &&
    !(await database.transaction('READ ONLY', queries => isElsewhere(queries, database.schema)))
  )
    return
  if (!mayMigrate) throw isUpToDate ? copied(database.name) : tooOld(database.name, version)
  await migrate(database)
}

/** The version of the schema, and whether it was loaded from a dump or copied. */
export async function copyOf(
  queries: Queries,
  { schema }: Database,
): Promise<{ readonly version: number; readonly isCopied: boolean }> {
  const version = await versionOf(queries, schema)
  return { version, isCopied: version === migrations.length && (await isElsewhere(queries, schema)) }
}

/** Applies the missing migrations in one transaction, and adopts a copied store. Only one process does at a time. */
export async function migrate(database: Database): Promise<PostgresMigration> {
  return database.transaction('READ WRITE', async queries => {
    await queries.run(raw(lockStatement(database.schema, 'migrate', 'alone')))
    const migration = await missing(queries, database)
    if (migration.sql !== '') await queries.script(migration.sql)
    await adoptStore(queries, database)
    return migration
  })
}

/** The missing migrations. */
export const plannedMigration = (database: Database): Promise<PostgresMigration> =>
  database.transaction('READ ONLY', queries => missing(queries, database))

async function missing(queries: Queries, { name, schema }: Database): Promise<PostgresMigration> {
  const from = await versionOf(queries, schema)
  const to = migrations.length
  if (from > to) throw tooNew(name, from)
  if (from === to) return { from, to, sql: '' }
  const [found] = await queries.rows(sql`SELECT 1 FROM pg_namespace WHERE nspname = ${schema}`)
  // A user without the privilege to create schemas may use an existing one.
  return { from, to, sql: migrationScript(schema, from, found === undefined) }
}

function migrationScript(schema: string, from: number, createsSchema: boolean): string {
  const version = `INSERT INTO @meta (key, value) VALUES ('schema_version', '${migrations.length}')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;`
  const statements = [...migrations.slice(from), version].map(each => inSchema(each, schema))
  return [...(createsSchema ? [`CREATE SCHEMA ${quoted(schema)};`] : []), ...statements].join('\n')
}

/** The version of a schema; 0 if it has no tables of Runtape. */
async function versionOf(queries: Queries, schema: string): Promise<number> {
  // A query of the catalog sees what another process has just created; `to_regclass` may answer from a cache.
  const [table] = await queries.rows(
    sql`SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = ${schema} AND relname = 'meta'`,
  )
  if (table === undefined) return 0
  const [row] = await queries.rows<{ value: string }>(
    sql`SELECT value FROM @meta WHERE key = 'schema_version'`,
  )
  return Number(row?.value ?? 0)
}

const tooNew = (name: string, version: number) =>
  unusable(
    name,
    `its schema has version ${version}, and this package knows versions up to ${migrations.length}. Update @runtape/store-postgres; the data was not changed`,
  )

const tooOld = (name: string, version: number) =>
  unusable(
    name,
    `${version === 0 ? 'it has no tables' : `its schema has version ${version}, and this package needs version ${migrations.length}`}. Run "runtape migrate", or omit migrate: false`,
  )

const copied = (name: string) =>
  unusable(
    name,
    'it was loaded from a dump or copied, and must become another store before its first use. Run "runtape migrate", or omit migrate: false',
  )
