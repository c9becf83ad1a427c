import type { HealthCount, HealthKind, HealthSample } from '@runtape/core/store'
import { healthKinds, mostSamples } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** Adds samples of a kind, the newest last. Only the newest ones stay. */
export async function putSamples(
  queries: Queries,
  kind: HealthKind,
  samples: readonly HealthSample[],
): Promise<void> {
  const newest = samples.slice(-mostSamples)
  if (newest.length === 0) return
  await queries.run(
    sql`INSERT INTO @health_samples (id, kind, at, sample)
      SELECT nextval('@ids'), ${kind}::text, at, sample
      FROM unnest(${newest.map(({ at }) => at)}::float8[], ${newest.map(sample => JSON.stringify(sample))}::text[])
        WITH ORDINALITY AS given(at, sample, place) ORDER BY place`,
  )
  await queries.run(
    sql`DELETE FROM @health_samples WHERE id IN (
      SELECT id FROM @health_samples WHERE kind = ${kind} ORDER BY id DESC OFFSET ${mostSamples}::int)`,
  )
}

interface CountRow {
  readonly kind: HealthKind
  readonly count: number
  readonly first_at: number
  readonly last_at: number
}

/** The counts of all kinds with at least one record. */
export async function keptCounts(queries: Queries): Promise<HealthCount[]> {
  const rows = await queries.rows<CountRow>(
    sql`SELECT kind, sum(count)::bigint AS count, min(first_at) AS first_at, max(last_at) AS last_at
      FROM @health_counts GROUP BY kind`,
  )
  const samples = await samplesByKind(queries)
  return healthKinds.flatMap(kind => {
    const row = rows.find(each => each.kind === kind)
    if (row === undefined) return []
    const { count, first_at: firstAt, last_at: lastAt } = row
    return { kind, count, firstAt, lastAt, samples: (samples.get(kind) ?? []).slice(0, mostSamples) }
  })
}

/** Newest first. */
async function samplesByKind(queries: Queries): Promise<Map<HealthKind, HealthSample[]>> {
  const rows = await queries.rows<{ kind: HealthKind; sample: string }>(
    sql`SELECT kind, sample FROM @health_samples ORDER BY id DESC`,
  )
  const byKind = Map.groupBy(rows, ({ kind }) => kind)
  return new Map(
    [...byKind].map(([kind, own]) => [kind, own.map(({ sample }) => JSON.parse(sample) as HealthSample)]),
  )
}
