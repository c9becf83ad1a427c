import { type CohortRow, selectCohort, selectVersion } from '../cohorts/cohort-rows.ts'
import { forgetInCohorts, isRemovedCohort } from '../cohorts/remove-cohort.ts'
import type { Database } from '../database/database.ts'
import { nextChange, noteRemoval } from '../history/next-change.ts'
import { isErased } from '../test-runs/erased-items.ts'
import { type CarriedRow, type Fate, insertRow } from './carried-row.ts'
import { removedRowsSql } from './changed-rows.ts'
import type { OldFile, Row } from './old-file.ts'

/** The cohorts that were changed or removed since the last check, each with all its versions. */
export function* carriedCohorts(old: OldFile): Generator<CarriedRow> {
  // Like tombstones: a version is never used again.
  for (const row of old.all('removed_cohorts', 'SELECT * FROM removed_cohorts'))
    yield { write: next => putRemovedCohort(next, row) }
  for (const row of old.byId('cohorts', old.changed('cohorts'))) {
    const cohort = row as unknown as CohortRow
    if (isRemovedCohort(cohort.name)) continue
    yield { kind: 'cohorts', name: cohort.name, write: next => putCohort(next, old, cohort) }
  }
  if (!old.isWhole)
    for (const { name } of old.all('cohorts', removedRowsSql('cohorts')))
      if (!isRemovedCohort(String(name)))
        yield { kind: 'cohorts', write: next => removeCohortNow(next, String(name)) }
}

export function putRemovedCohort(next: Database, { name_hash = null, version = null }: Row): Fate {
  next.run(
    `INSERT INTO removed_cohorts (name_hash, version) VALUES (?, ?)
     ON CONFLICT (name_hash) DO UPDATE SET version = max(version, excluded.version)`,
    name_hash,
    version,
  )
  return 'copied'
}

const versionsSql = 'SELECT * FROM cohort_versions WHERE cohort = ? AND version <= ?'

function putCohort(next: Database, old: OldFile, cohort: CohortRow): Fate {
  const versions = old.tryAll<Row>(versionsSql, cohort.id, cohort.version)
  if (versions === undefined) return 'lost'
  const last = versions.find(({ version }) => version === cohort.version)
  // Its first change was not complete.
  if (last === undefined) return 'known'
  const there = selectCohort(next, cohort.name)
  const known = there && selectVersion(next, there.id, there.version)
  // Both files may have gone on from the same version.
  if (known && known.version >= cohort.version)
    return selectVersion(next, there.id, cohort.version)?.at === last.at ? 'known' : 'lost'
  const id = emptyCohort(next, cohort, there)
  const change_id = nextChange(next, { kind: 'cohort', id: cohort.name })
  for (const version of versions) insertRow(next, 'cohort_versions', { ...version, cohort: id, change_id })
  const isWhole = copyEntries(next, old, cohort, id)
  return isWhole ? 'copied' : 'lost'
}

/** Returns the id of the cohort. A change that another process is writing is written again afterwards. */
export function emptyCohort(
  next: Database,
  { name, version }: Pick<CohortRow, 'name' | 'version'>,
  there: CohortRow | undefined,
): number {
  if (there) {
    next.run('DELETE FROM cohort_versions WHERE cohort = ?', there.id)
    next.run('DELETE FROM cohort_entries WHERE cohort = ?', there.id)
    next.run('DELETE FROM cohorts WHERE id = ?', there.id)
  }
  next.run('INSERT INTO cohorts (name, version) VALUES (?, ?)', name, version)
  return selectCohort(next, name)?.id ?? 0
}

/** Returns whether all of them could be read. */
function copyEntries(next: Database, old: OldFile, { id, version }: CohortRow, cohort: number): boolean {
  const removed = new Set<string>()
  const sql = 'SELECT * FROM cohort_entries WHERE cohort = ? AND since <= ? AND id > ? ORDER BY id LIMIT 500'
  for (let after = 0; ; ) {
    const rows = old.tryAll<Row>(sql, id, version, after)
    for (const { id: _, ...row } of rows ?? []) {
      const until = Number(row.until ?? 0) > version ? null : (row.until ?? null)
      insertRow(next, 'cohort_entries', { ...row, cohort, until })
      if (row.gone === 0 && isErased(next, row.trace_id)) removed.add(String(row.trace_id))
    }
    const last = rows?.at(-1)
    if (rows === undefined || last === undefined) {
      for (const traceId of removed) forgetInCohorts(next, traceId)
      return rows !== undefined
    }
    after = Number(last.id)
  }
}

/** The cohort was removed after the next file was made. */
export function removeCohortNow(next: Database, name: string): Fate {
  const there = selectCohort(next, name)
  if (there === undefined) return 'known'
  next.run('DELETE FROM cohort_versions WHERE cohort = ?', there.id)
  next.run('DELETE FROM cohort_entries WHERE cohort = ?', there.id)
  next.run('DELETE FROM cohorts WHERE id = ?', there.id)
  noteRemoval(next, 'cohort', name)
  return 'copied'
}
