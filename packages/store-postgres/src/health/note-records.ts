import type { HealthKind, HealthSample } from '@runtape/core/store'
import { conflictingValues, conflictKey, misdatedReason, sampleOfRecord } from '@runtape/core/store-helpers'
import type { Fate } from '../append/fate.ts'
import { noteCounted } from '../changes/note-change.ts'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { putSamples } from './health-counts.ts'

/** Counts the conflicts and the records with an impossible time, in the transaction that found them. */
export async function noteRecords(queries: Queries, fates: readonly Fate[], at: number): Promise<void> {
  const conflicts = fates.filter(({ is }) => is === 'conflict')
  if (conflicts.length > 0)
    await countRecords(queries, 'conflict', await newConflicts(queries, conflicts, at))
  const misdated = fates.flatMap(({ is, record }) =>
    is === 'misdated' ? [sampleOfRecord(record, { at, reason: misdatedReason(record) })] : [],
  )
  await countRecords(queries, 'misdated', misdated)
}

/** Samples of the conflicts that were not counted before. */
async function newConflicts(queries: Queries, fates: readonly Fate[], at: number): Promise<HealthSample[]> {
  const samples = new Map<string, HealthSample>()
  for (const { record, first } of fates) {
    if (first === undefined) continue
    const values = conflictingValues(first, record)
    const hash = conflictKey(record, values)
    if (!samples.has(hash)) samples.set(hash, sampleOfRecord(record, { at, ...values }))
  }
  // In a fixed order, so that transactions that wait for each other take the rows in the same order.
  const rows = await queries.rows<{ hash: string }>(
    sql`INSERT INTO @health_conflicts (hash, at) SELECT hash, ${at}::float8 FROM unnest(${[...samples.keys()].sort()}::text[])
      AS given(hash) ON CONFLICT DO NOTHING RETURNING hash`,
  )
  const isNew = new Set(rows.map(({ hash }) => hash))
  return [...samples].flatMap(([hash, sample]) => (isNew.has(hash) ? [sample] : []))
}

async function countRecords(
  queries: Queries,
  kind: HealthKind,
  samples: readonly HealthSample[],
): Promise<void> {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last) return
  await queries.run(
    sql`INSERT INTO @health_counts AS known (kind, reporter, count, first_at, last_at)
      VALUES (${kind}, '', ${samples.length}, ${first.at}, ${last.at})
      ON CONFLICT (kind, reporter) DO UPDATE SET count = known.count + excluded.count,
        first_at = least(known.first_at, excluded.first_at), last_at = greatest(known.last_at, excluded.last_at)`,
  )
  await putSamples(queries, kind, samples)
  await noteCounted(queries, 'health')
}
