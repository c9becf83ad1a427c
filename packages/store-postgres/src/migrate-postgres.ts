import { openDatabase } from './database/open.ts'
import { migrate, type PostgresMigration, plannedMigration } from './migration/migrate.ts'
import { checkedOptions, type PostgresTarget } from './options.ts'

export interface MigrateOptions extends PostgresTarget {
  /** Returns the SQL and changes nothing. Default: false. */
  readonly dryRun?: boolean
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
    return await (dryRun ? plannedMigration(database) : migrate(database))
  } finally {
    await database.close()
  }
}
