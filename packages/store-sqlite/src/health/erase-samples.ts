import type { EraseTarget, HealthSample } from '@runtape/core/store'
import { isErasedSample } from '@runtape/core/store-helpers'
import type { Step } from '../append/slices.ts'
import type { Database } from '../database/database.ts'

/** Removes samples of erased runs, traces and people. One step is enough: there are at most ten of each kind. */
export function* erasingSamples(
  database: Database,
  target: EraseTarget,
  runs: ReadonlySet<string>,
  traces: ReadonlySet<string>,
): Generator<Step, void> {
  yield {
    weight: 200,
    run: () => {
      for (const { id, sample_json } of database.all<{ id: number; sample_json: string }>(
        'SELECT id, sample_json FROM health_samples',
      ))
        if (isErasedSample(JSON.parse(sample_json) as HealthSample, target, runs, traces))
          database.run('DELETE FROM health_samples WHERE id = ?', id)
    },
  }
}

/** Number of hashes that are removed in one step. */
const atOnce = 500

/** Removes older samples, and the hashes of older conflicts. The counts stay. */
export function* pruningSamples(database: Database, before: number): Generator<Step, void> {
  yield {
    weight: 200,
    run: () => void database.run('DELETE FROM health_samples WHERE at < ?', before),
  }
  for (let removed = atOnce; removed === atOnce; )
    yield {
      weight: atOnce * 20,
      run: () => {
        removed = database.run(
          `DELETE FROM health_conflicts WHERE hash IN (SELECT hash FROM health_conflicts WHERE at < ? LIMIT ${atOnce})`,
          before,
        )
      },
    }
}
