import { unusedBlobs } from './blobs/unused.ts'
import { type Database, quoted } from './database/database.ts'
import { openDatabase } from './database/open.ts'
import { sql } from './database/sql.ts'
import { checkedOptions, type PostgresTarget } from './options.ts'
import { leftInBlobs } from './removal/removals.ts'

/**
 * Rewrites the tables of a store (`VACUUM FULL`), so that their files and the statistics of the planner no longer contain what was
 * erased. Blocks all other work on a table while it is rewritten, and needs space for its copy. Bytes can remain where this
 * cannot reach: in the server's log of writes until it is recycled, in old rows of its catalog of statistics until autovacuum
 * removes them, in replicas and in backups.
 *
 * @returns what is left and what to do, if anything
 * @throws {RuntapeError} `invalid-option` for a wrong option; `store-unusable` if the database cannot be reached or used
 *
 * @example
 * ```ts
 * import { vacuumPostgres } from '@runtape/store-postgres'
 *
 * const leftover = await vacuumPostgres({ connectionString: 'postgres://owner@localhost/app' })
 * console.log(leftover ?? 'The files contain nothing that was erased.')
 * ```
 */
export async function vacuumPostgres(target: PostgresTarget): Promise<string | undefined> {
  const database = openDatabase(checkedOptions({ ...target, migrate: false }, 'vacuumPostgres'))
  try {
    const before = await filesOf(database)
    const tables = [...before.keys()].map(table => `${quoted(database.schema)}.${quoted(table)}`)
    await database.runAlone(`VACUUM (FULL, ANALYZE) ${tables.join(', ')}`)
    const after = await filesOf(database)
    const skipped = [...before].flatMap(([table, file]) => (after.get(table) === file ? [table] : []))
    const left = [leftInFiles(skipped), leftInBlobs(await unusedBlobs(database))]
    return left.filter(part => part !== undefined).join(' ') || undefined
  } finally {
    await database.close()
  }
}

/** The tables of the schema with the numbers of their files. */
async function filesOf(database: Database): Promise<Map<string, string>> {
  const rows = await database.rows<{ relname: string; file: string }>(
    sql`SELECT relname, relfilenode::text AS file FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = ${database.schema} AND relkind = 'r' ORDER BY relname`,
  )
  return new Map(rows.map(({ relname, file }) => [relname, file]))
}

/** The server skips the tables of others, and only warns. */
function leftInFiles(skipped: readonly string[]): string | undefined {
  if (skipped.length === 0) return undefined
  return `The server did not rewrite ${skipped.join(', ')}. Run the command as the owner of the tables.`
}
