import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** What this user may not do in the schema and a store needs to read and write; nothing if there is no schema yet. */
export async function missingPrivileges(queries: Queries, schema: string): Promise<string[]> {
  const rows = await queries.rows<{ privilege: string }>(
    sql`WITH own AS (SELECT oid FROM pg_namespace WHERE nspname = ${schema})
      SELECT privilege FROM (
        SELECT 'USAGE on schema ' || ${schema}::text AS privilege, '' AS name
          FROM own WHERE NOT has_schema_privilege(oid, 'USAGE')
        UNION ALL
        SELECT wanted || ' on ' || relname, relname
          FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS wanted
          WHERE relnamespace = (SELECT oid FROM own) AND relkind = 'r' AND NOT has_table_privilege(pg_class.oid, wanted)
        UNION ALL
        SELECT wanted || ' on ' || relname, relname
          FROM pg_class, unnest(ARRAY['USAGE', 'SELECT']) AS wanted
          WHERE relnamespace = (SELECT oid FROM own) AND relkind = 'S'
            AND NOT CASE WHEN relkind = 'S' THEN has_sequence_privilege(pg_class.oid, wanted) END
      ) AS missing ORDER BY name, privilege`,
  )
  return rows.map(({ privilege }) => privilege)
}
