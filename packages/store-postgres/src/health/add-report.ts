import type { HealthKind, HealthReport, HealthSample, ReportedCount } from '@runtape/core/store'
import { buriedNamesOf, healthKinds } from '@runtape/core/store-helpers'
import { noteCounted } from '../changes/note-change.ts'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { receivedNow } from '../history/received-now.ts'
import { readTombstones } from '../removal/tombstones.ts'
import { putSamples } from './health-counts.ts'

/** Adds the counts of a recorder. An older or repeated report changes nothing. */
export async function addReport(queries: Queries, { reporter, counts }: HealthReport): Promise<void> {
  // Transactions that wait for each other take the rows in the same order.
  const inOrder = counts.toSorted((a, b) => healthKinds.indexOf(a.kind) - healthKinds.indexOf(b.kind))
  for (const count of inOrder) await addCount(queries, keyText(reporter), count)
}

async function addCount(queries: Queries, reporter: string, given: ReportedCount): Promise<void> {
  const { kind, count, firstAt, lastAt, samples } = given
  // First the row, so that a report that is sent twice at the same time waits for itself.
  const added = await queries.run(
    sql`INSERT INTO @health_counts (kind, reporter, count, first_at, last_at)
      VALUES (${kind}, ${reporter}, 0, ${firstAt}, ${lastAt}) ON CONFLICT (kind, reporter) DO NOTHING`,
  )
  const [known] = await queries.rows<{ count: number }>(
    sql`SELECT count FROM @health_counts WHERE kind = ${kind} AND reporter = ${reporter} FOR UPDATE`,
  )
  const before = known?.count ?? 0
  if (before >= count) return
  await queries.run(
    sql`UPDATE @health_counts SET count = ${count}, last_at = ${lastAt} WHERE kind = ${kind} AND reporter = ${reporter}`,
  )
  if (added > 0) await mergeOldReporters(queries, kind)
  await noteCounted(queries, 'health')
  const newOnes = samples.flatMap(({ number, ...sample }) => (number > before ? [sample] : []))
  await putSamples(queries, kind, await unburied(queries, newOnes))
}

/** The samples of records that were not removed. */
async function unburied(queries: Queries, samples: readonly HealthSample[]): Promise<HealthSample[]> {
  const tombstones = await readTombstones(queries, samples.flatMap(buriedNamesOf))
  return samples.filter(
    sample => !buriedNamesOf(sample).some(name => (tombstones.get(name)?.until ?? -Infinity) >= sample.at),
  )
}

/** Number of reporters of a kind that have separate rows. */
const mostReporters = 1000

// A recorder that has told everything begins to count again, as another reporter, after a day.
const oldAfterMs = 30 * 86_400_000

/** The sum of reporters that report no more. */
const merged = '@merged'

/** Sums the rows of old reporters in one row if there are many. */
async function mergeOldReporters(queries: Queries, kind: HealthKind): Promise<void> {
  const [rows] = await queries.rows<{ n: number }>(
    sql`SELECT count(*) AS n FROM @health_counts WHERE kind = ${kind}`,
  )
  if ((rows?.n ?? 0) <= mostReporters) return
  await queries.run(
    sql`WITH old AS (
        DELETE FROM @health_counts WHERE kind = ${kind} AND reporter NOT IN ('', ${merged})
          AND last_at < ${receivedNow} - ${oldAfterMs}::bigint RETURNING count, first_at, last_at
      )
      INSERT INTO @health_counts AS known (kind, reporter, count, first_at, last_at)
      SELECT ${kind}::text, ${merged}::text, sum(count)::bigint, min(first_at), max(last_at) FROM old HAVING count(*) > 0
      ON CONFLICT (kind, reporter) DO UPDATE SET count = known.count + excluded.count,
        first_at = least(known.first_at, excluded.first_at), last_at = greatest(known.last_at, excluded.last_at)`,
  )
}
