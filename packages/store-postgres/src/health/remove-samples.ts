import type { EraseTarget, HealthSample } from '@runtape/core/store'
import { isErasedSample } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** Removes the samples of erased runs, traces and people. There are at most ten of each kind. */
export async function eraseSamples(
  queries: Queries,
  target: EraseTarget,
  runIds: ReadonlySet<string>,
  traceIds: ReadonlySet<string>,
): Promise<void> {
  const rows = await queries.rows<{ id: number; sample: string }>(sql`SELECT id, sample FROM @health_samples`)
  const erased = rows.filter(({ sample }) =>
    isErasedSample(JSON.parse(sample) as HealthSample, target, runIds, traceIds),
  )
  await queries.run(sql`DELETE FROM @health_samples WHERE id = ANY(${erased.map(({ id }) => id)}::bigint[])`)
}

/** Removes older samples, and the hashes of older conflicts. The counts stay. */
export async function pruneSamples(queries: Queries, before: number): Promise<void> {
  await queries.run(sql`DELETE FROM @health_samples WHERE at < ${before}`)
  await queries.run(sql`DELETE FROM @health_conflicts WHERE at < ${before}`)
}
