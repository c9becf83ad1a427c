import type { Database } from './database/database.ts'
import { unusable } from './database/errors.ts'
import { openDatabase } from './database/open.ts'
import { migrate, type PostgresMigration, plannedMigration } from './migration/migrate.ts'
import { checkedOptions, type PostgresTarget } from './options.ts'
import { createTrigramIndex, hasTrigramIndex, missingIndexSql } from './trigrams/trigram-index.ts'

export interface MigrateOptions extends PostgresTarget {
  /** Returns the SQL and changes nothing. Default: false. */
  readonly dryRun?: boolean
  /**
   * Whether to create the index for `search` too, and the extension `pg_trgm` if it is missing: what a store with `search: true`
   * does if it may. Default: false.
   */
  readonly search?: boolean
}

/**
 * Creates the tables of a store, or brings them up to date, in one transaction: what `postgresStore` does with its first call
 * unless it has `migrate: false`. A schema that is up to date stays as it is.
 *
 * @throws {RuntapeError} `invalid-option` for a wrong option; `store-unusable` if the database cannot be reached or changed, or
 *   the schema is newer than this package
 *
 * @example
 * ```ts
 * import { migratePostgres } from '@runtape/store-postgres'
 *
 * const { from, to, sql } = await migratePostgres({ connectionString: 'postgres://owner@localhost/app', dryRun: true })
 * console.log(`-- version ${from} to ${to}\n${sql}`)
 * ```
 */
export async function migratePostgres({
  dryRun = false,
  ...target
}: MigrateOptions): Promise<PostgresMigration> {
  const database = openDatabase(checkedOptions(target, 'migratePostgres'))
  try {
    const migration = await (dryRun ? plannedMigration(database) : migrate(database))
    if (target.search !== true) return migration
    return { ...migration, sql: [migration.sql, await addIndex(database, dryRun)].filter(Boolean).join('\n') }
  } finally {
    await database.close()
  }
}

/** Returns the SQL. */
async function addIndex(database: Database, dryRun: boolean): Promise<string> {
  const sql = await database.transaction('READ ONLY', missingIndexSql)
  if (dryRun || sql === '') return sql
  await createTrigramIndex(database)
  if (!(await database.read(hasTrigramIndex))) throw unusable(database.name, noTrigrams)
  return sql
}

const noTrigrams =
  'the server does not have the extension pg_trgm, or the user may not create it. Install it as an owner: CREATE EXTENSION pg_trgm. Searches find the same without it, but read all texts'
