import { run } from '../subject.ts'

/** The tables of a schema with a row that contains the text, with the number of rows. */
export async function tablesWith(
  connectionString: string,
  schema: string,
  text: string,
): Promise<Record<string, number>> {
  const { rows } = await run(
    connectionString,
    `SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = '${schema}' AND relkind = 'r' ORDER BY relname`,
  )
  const found: Record<string, number> = {}
  for (const { relname } of rows) {
    const counted = await run(
      connectionString,
      `SELECT count(*)::int AS n FROM "${schema}".${relname} AS one WHERE one::text LIKE '%${text}%'`,
    )
    if (counted.rows[0].n > 0) found[relname] = counted.rows[0].n
  }
  return found
}
