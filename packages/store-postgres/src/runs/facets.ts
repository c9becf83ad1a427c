import type { FacetField, FacetQuery, Facets } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { raw, sql } from '../database/sql.ts'
import { momentOf } from '../history/moment.ts'
import { requireUnpruned } from '../removal/require-unpruned.ts'
import { runSource, sourceTable } from '../usage/source.ts'

const columns: Readonly<Record<FacetField, string>> = {
  config: 'config_key',
  variation: 'variation_key',
  version: 'version',
  model: 'model',
  provider: 'provider',
  contextKind: 'context_kind',
  contextKey: 'context_key',
  error: 'error',
  comment: 'comment',
}

interface ValueRow {
  readonly value: string
  readonly runs: number
  /** Over all values. */
  readonly all_values: number
  readonly all_runs: number
}

/** Counts of the values of a field. */
export async function facetsAt(database: Database, query: Checked<FacetQuery>): Promise<Facets> {
  const moment = await momentOf(database, query.asOf)
  const { field, limit = 20 } = query
  return database.readMuch(async queries => {
    await requireUnpruned(queries, moment, query)
    const source = sourceTable(await runSource(queries, query, moment), query, moment)
    const rows = await queries.rows<ValueRow>(
      sql`SELECT value, runs, count(*) OVER () AS all_values, (sum(runs) OVER ())::bigint AS all_runs
        FROM (
          SELECT ${raw(`run.${columns[field]}::text COLLATE "C"`)} AS value, count(*) AS runs FROM ${source} GROUP BY 1
        ) AS counted
        WHERE value <> '' ORDER BY runs DESC, value LIMIT ${limit}::bigint`,
    )
    const values = rows.map(({ value, runs }) => ({ value, runs }))
    const [first] = rows
    const others = (first?.all_values ?? 0) - values.length
    const listed = values.reduce((sum, { runs }) => sum + runs, 0)
    return {
      values,
      ...(others > 0 && { others: { values: others, runs: (first?.all_runs ?? 0) - listed } }),
    }
  })
}
