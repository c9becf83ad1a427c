import type { Database, Queries } from '../database/database.ts'
import { lockKeys } from '../database/locks.ts'
import { raw, sql } from '../database/sql.ts'
import { receivedNow } from '../history/received-now.ts'
import { placesOfRun, segmentColumns, segmentOfRuns } from '../segments/segment-columns.ts'
import { countNames, counts, distributionNames, sumNames } from './columns.ts'
import { quarterMs } from './times.ts'

/** The sums of a quarter are made when its runs have not changed for this long. */
const quietMs = 60_000

/** Number of quarters whose sums are made in one transaction. */
const quartersAtOnce = 200

/**
 * Makes the sums of the quarters whose runs have changed, and not in the last minute. One process at a time does this; others
 * return at once. Nothing waits for it: the sums are those of one snapshot, and a change that it does not show stays noted.
 */
export async function keepQuarters(database: Database, quiet = quietMs): Promise<void> {
  await database.opened()
  for (;;) {
    const made = await database.transaction('READ WRITE', async queries => {
      if (!(await isAlone(queries, database.schema))) return 0
      await shorten(queries)
      return makeSums(queries, quiet)
    })
    if (made < quartersAtOnce) return
  }
}

async function isAlone(queries: Queries, schema: string): Promise<boolean> {
  const [ours, lock] = lockKeys(schema, 'usage')
  const [row] = await queries.rows<{ is_alone: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(${ours}::int, ${lock}::int) AS is_alone`,
  )
  return row?.is_alone === true
}

/** A quarter that changes again and again keeps one note. */
const shorten = (queries: Queries): Promise<number> =>
  queries.run(
    sql`WITH many AS MATERIALIZED (
        SELECT quarter, max(xid) AS xid, max(received_at) AS received_at FROM @usage_changes
        GROUP BY quarter HAVING count(*) > 100
      ), gone AS (DELETE FROM @usage_changes AS change USING many WHERE change.quarter = many.quarter)
      INSERT INTO @usage_changes (quarter, xid, received_at) SELECT quarter, xid, received_at FROM many`,
  )

const names = [...countNames, ...sumNames, ...distributionNames, ...segmentColumns.map(([name]) => name)]

// A run in its statement is either seen with its change or its change stays noted, because all parts of it have one snapshot.
async function makeSums(queries: Queries, quiet: number): Promise<number> {
  const [row] = await queries.rows<{ made: number }>(
    sql`WITH chosen AS MATERIALIZED (
        SELECT quarter, max(xid) AS last_xid, max(received_at) AS last_at FROM @usage_changes GROUP BY quarter
        HAVING max(received_at) <= ${receivedNow} - ${quiet}::bigint ORDER BY quarter LIMIT ${quartersAtOnce}::int
      ), noted AS (DELETE FROM @usage_changes AS change USING chosen WHERE change.quarter = chosen.quarter
      ), sums AS MATERIALIZED (
        SELECT chosen.quarter, chosen.last_xid, chosen.last_at, own.* FROM chosen CROSS JOIN LATERAL (SELECT ${sumsOfRuns}
          FROM (SELECT ${placesOfRun} FROM @runs AS run WHERE run.first_at >= chosen.quarter * ${raw(String(quarterMs))}
            AND run.first_at < (chosen.quarter + 1) * ${raw(String(quarterMs))}) AS run) AS own
      ), gone AS (DELETE FROM @usage_quarters AS known USING sums WHERE known.quarter = sums.quarter AND sums.runs = 0
      ), kept AS (
        INSERT INTO @usage_quarters AS known (quarter, last_xid, last_at, ${raw(names.join(', '))})
        SELECT quarter, last_xid, last_at, ${raw(names.join(', '))} FROM sums WHERE runs > 0
        ON CONFLICT (quarter) DO UPDATE SET last_xid = greatest(known.last_xid, excluded.last_xid),
          last_at = greatest(known.last_at, excluded.last_at), ${raw(names.map(name => `${name} = excluded.${name}`).join(', '))}
      ) SELECT count(*) AS made FROM chosen`,
  )
  return row?.made ?? 0
}

const sumsOfRuns = raw(
  [
    ...counts.map(([name, condition]) => `count(*) FILTER (WHERE ${condition}) AS ${name}`),
    ...sumNames.map(name => `sum(${name}) AS ${name}`),
    ...distributionNames.map(name => `string_agg(float8send(${name}), ''::bytea) AS ${name}`),
    ...segmentOfRuns,
  ].join(', '),
)
