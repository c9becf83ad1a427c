import type { Database, Queries } from '../database/database.ts'
import { inSchema, quoted } from '../database/database.ts'
import { raw, type Sql, sql } from '../database/sql.ts'
import { takeLock } from '../database/take-lock.ts'

/** The expression of the index: `lettersOf` the text. */
export const indexedLetters = (alias: string): Sql => raw(`coalesce(${alias}.letters, lower(${alias}.text))`)

/** Whether the index of trigrams is there. Without it, a search finds the same, but reads all texts. */
export async function hasTrigramIndex(queries: Queries): Promise<boolean> {
  const rows = await queries.rows(
    sql`SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = ${queries.schema} AND relname = 'search_texts_trigrams' AND indisvalid`,
  )
  return rows.length > 0
}

/**
 * Creates the index of trigrams, and the extension `pg_trgm` if it is missing. Does nothing if the user may not, or the server
 * does not have the extension: the index only makes searches faster.
 */
export async function createTrigramIndex(database: Database): Promise<void> {
  if (await database.read(hasTrigramIndex)) return
  await ifPossible(() => database.write(createExtension))
  // The database may have no schema `public`.
  await ifPossible(() => database.write(createOwnExtension))
  await ifPossible(() => database.write(createIndex))
}

const ifPossible = (work: () => Promise<unknown>): Promise<unknown> => work().catch(() => {})

const extensionSchema = async (queries: Queries): Promise<string | undefined> => {
  const [row] = await queries.rows<{ name: string }>(
    sql`SELECT nspname::text AS name FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
      WHERE extname = 'pg_trgm'`,
  )
  return row?.name
}

async function createExtension(queries: Queries): Promise<void> {
  if ((await extensionSchema(queries)) === undefined) await queries.run(raw('CREATE EXTENSION pg_trgm'))
}

async function createOwnExtension(queries: Queries): Promise<void> {
  if ((await extensionSchema(queries)) === undefined)
    await queries.run(raw(`CREATE EXTENSION pg_trgm SCHEMA ${quoted(queries.schema)}`))
}

async function createIndex(queries: Queries): Promise<void> {
  await takeLock(queries, 'migrate', 'alone')
  const schema = await extensionSchema(queries)
  if (schema === undefined || (await hasTrigramIndex(queries))) return
  await queries.run(raw(indexSql(`${quoted(schema)}.`)))
}

/** The statements that create what is missing; empty if the index is there. */
export async function missingIndexSql(queries: Queries): Promise<string> {
  if (await hasTrigramIndex(queries)) return ''
  const schema = await extensionSchema(queries)
  const statements =
    schema === undefined ? ['CREATE EXTENSION pg_trgm', indexSql('')] : [indexSql(`${quoted(schema)}.`)]
  return statements.map(statement => `${inSchema(statement, queries.schema)};`).join('\n')
}

// With its pending list: without one, adding a text takes nine times as long.
const indexSql = (schema: string): string =>
  `CREATE INDEX search_texts_trigrams ON @search_texts USING gin ((coalesce(letters, lower(text))) ${schema}gin_trgm_ops)`
