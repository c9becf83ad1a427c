import { raw, type Sql, sql } from '../database/sql.ts'

/**
 * A payload of a span as a table of one row: `json`, its first characters at least, and `blob`, the key of the whole text if
 * that is in the blob store.
 *
 * @param alias of `spans`
 * @param most number of characters
 */
export function payloadStart(alias: string, of: 'input' | 'output', most: number): Sql {
  const column = (name: string) => raw(`${alias}.${name}`)
  return sql`(SELECT CASE WHEN ${isEncoded} THEN json ELSE left(json, ${most}::int) END AS json, blob FROM (
      SELECT ${column(of)} AS json, NULL AS blob WHERE ${column(of)} IS NOT NULL
      UNION ALL SELECT payload.json, payload.blob FROM @payloads AS payload
        WHERE payload.trace_id = ${column('trace_id')} AND payload.hash = ${column(`${of}_hash`)}) AS whole)`
}

/** A text that Postgres cannot hold is encoded as a whole, and starts with this character. */
const isEncoded = raw("left(json, 1) = U&'\\FFFF'")
