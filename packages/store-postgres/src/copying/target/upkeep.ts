import type { CopiedHealth, CopiedRange, CopiedTombstone, CopyOutcome } from '@runtape/core/internal'
import type { HealthKind, HealthSample } from '@runtape/core/store'
import { buriedNamesOf } from '@runtape/core/store-helpers'
import { noteCounted } from '../../changes/note-change.ts'
import type { Queries } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { keyText } from '../../database/values.ts'
import { putSamples } from '../../health/health-counts.ts'
import { buryAll, readTombstones } from '../../removal/tombstones.ts'
import type { WriteContext } from './write-context.ts'

/** What was erased in the source is refused here too. Past bills that lack removed runs are refused as there. */
export async function writeRemovals(
  { queries }: WriteContext,
  entries: readonly (CopiedTombstone | CopiedRange)[],
): Promise<CopyOutcome> {
  const tombstones = entries.filter(entry => 'name' in entry)
  const known = await readTombstones(
    queries,
    tombstones.map(({ name }) => name),
  )
  for (const by of ['removal', 'copied record'] as const) {
    const those = tombstones.filter(({ isOfRecord }) => (isOfRecord === true) === (by !== 'removal'))
    const named = those.map(
      ({ name, until, keepsTotals }) => [name, { until: until ?? Infinity, keepsTotals }] as const,
    )
    await buryAll(queries, new Map(named), by)
  }
  for (const range of entries.filter(entry => 'day' in entry)) await putRange(queries, range)
  return { copied: tombstones.length - known.size, known: known.size, conflicts: [] }
}

/** A year that no bill reaches: the source does not know when they were removed. */
const never = 8_640_000_000_000_000

// Revisions of this store never had these runs, so they never include `first_xid` without `xid`.
async function putRange(queries: Queries, range: CopiedRange): Promise<void> {
  const { day, keepsTotals, since, until } = range
  const [first, removed] = [Math.floor(range.firstReceivedAt), Math.floor(range.removedAt ?? never)]
  await queries.run(
    sql`INSERT INTO @removed_runs AS known
        (received_at, day, keeps_totals, since, until, first_xid, first_received_at, is_merged)
      SELECT ${removed}::bigint, ${day}::bigint, ${keepsTotals}::boolean, ${since}::float8, ${until}::float8,
        @current_xid(), ${first}::bigint, false
      WHERE NOT EXISTS (SELECT 1 FROM @removed_runs AS other
        WHERE other.day = ${day} AND other.keeps_totals = ${keepsTotals} AND other.since <= ${since}
          AND other.until >= ${until} AND other.first_received_at <= ${first} AND other.received_at >= ${removed})
      ON CONFLICT (day, keeps_totals, xid) DO UPDATE SET received_at = greatest(known.received_at, excluded.received_at),
        since = least(known.since, excluded.since), until = greatest(known.until, excluded.until),
        first_received_at = least(known.first_received_at, excluded.first_received_at)`,
  )
}

/** Counts of the other store are kept beside those of this one, so that copying again adds nothing. */
export async function writeHealth(
  { queries, source }: WriteContext,
  entries: readonly CopiedHealth[],
): Promise<CopyOutcome> {
  let [copied, counts] = [0, 0]
  for (const entry of entries) {
    if ('conflict' in entry)
      await queries.run(
        sql`INSERT INTO @health_conflicts (hash, at) VALUES (${entry.conflict}, ${entry.at}) ON CONFLICT DO NOTHING`,
      )
    else if ('sample' in entry) await putSample(queries, entry.kind, entry.sample)
    else {
      counts++
      copied += await raiseCount(queries, { ...entry, reporter: entry.reporter || `@copied ${source}` })
    }
  }
  if (copied > 0) await noteCounted(queries, 'health')
  return { copied, known: counts - copied, conflicts: [] }
}

const raiseCount = (
  queries: Queries,
  { kind, reporter, count, firstAt, lastAt }: Extract<CopiedHealth, { count: number }>,
): Promise<number> =>
  queries.run(
    sql`INSERT INTO @health_counts AS known (kind, reporter, count, first_at, last_at)
      VALUES (${kind}, ${keyText(reporter)}, ${count}, ${firstAt}, ${lastAt})
      ON CONFLICT (kind, reporter) DO UPDATE SET count = excluded.count,
        first_at = least(known.first_at, excluded.first_at), last_at = greatest(known.last_at, excluded.last_at)
        WHERE known.count < excluded.count`,
  )

async function putSample(queries: Queries, kind: HealthKind, sample: HealthSample): Promise<void> {
  const [json, names] = [JSON.stringify(sample), buriedNamesOf(sample)]
  const known = await queries.rows(
    sql`SELECT 1 FROM @health_samples WHERE kind = ${kind} AND sample = ${json}`,
  )
  const buried = await readTombstones(queries, names)
  const isBuried = names.some(name => (buried.get(name)?.until ?? -Infinity) >= sample.at)
  if (known.length === 0 && !isBuried) await putSamples(queries, kind, [sample])
}
