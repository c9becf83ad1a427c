import type { CopiedCohort, CopiedCohortMark, CopyOutcome } from '@runtape/core/internal'
import { removalMark } from '@runtape/core/store'
import { emptyCohort, putRemovedCohort, removeCohortNow } from '../../carrying/carry-cohorts.ts'
import { expectedColumns, selectCohort, selectVersion } from '../../cohorts/cohort-rows.ts'
import { forgetInCohorts } from '../../cohorts/remove-cohort.ts'
import type { Database } from '../../database/database.ts'
import { nextChange } from '../../history/next-change.ts'
import { isErased } from '../../test-runs/erased-items.ts'
import { outcomeOf } from './outcomes.ts'
import type { WriteContext } from './write-context.ts'

/** A cohort that went on from the same version replaces the known one. */
export function writeCohorts(
  { database, gone }: WriteContext,
  entries: readonly (CopiedCohort | CopiedCohortMark)[],
): CopyOutcome {
  for (const entry of entries)
    if ('nameHash' in entry) putRemovedCohort(database, { name_hash: entry.nameHash, version: entry.version })
  const cohorts = entries.filter(entry => 'name' in entry)
  const marks = new Set(gone)
  const names = database.all<{ name: string }>('SELECT name FROM cohorts').map(({ name }) => name)
  if (marks.size > 0)
    for (const name of names) if (marks.has(removalMark('cohort', name))) removeCohortNow(database, name)
  return outcomeOf(
    cohorts,
    ({ name }) => `cohort ${name}`,
    cohort => putCohort(database, cohort),
  )
}

function putCohort(database: Database, cohort: CopiedCohort) {
  const last = cohort.versions.at(-1)
  if (last === undefined) return 'known'
  const there = selectCohort(database, cohort.name)
  const newest = there && selectVersion(database, there.id, there.version)
  if (newest && newest.version >= last.version)
    return selectVersion(database, there.id, last.version)?.at === last.at ? 'known' : 'conflict'
  const shared = newest && cohort.versions.find(({ version }) => version === newest.version)
  if (newest && shared?.at !== newest.at) return 'conflict'
  const row = { name: cohort.name, version: last.version }
  const id = emptyCohort(database, row, there)
  insertVersions(database, id, cohort)
  insertEntries(database, id, cohort)
  return 'copied'
}

function insertVersions(database: Database, id: number, { name, versions, entries }: CopiedCohort): void {
  const change = nextChange(database, { kind: 'cohort', id: name })
  const left = new Map<number, number>()
  for (const { since, until, isGone } of entries)
    if (!isGone)
      for (const version of until === null ? [since] : [since, until])
        left.set(version, (left.get(version) ?? 0) + 1)
  for (const { version, at, by, comment, size, added, changed, removed } of versions)
    database.run(
      `INSERT INTO cohort_versions (cohort, version, at, by, comment, size, added, changed, removed, touched_left, change_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      version,
      at,
      by ?? null,
      comment ?? null,
      size,
      added,
      changed,
      removed,
      left.get(version) ?? 0,
      change,
    )
}

function insertEntries(database: Database, id: number, { entries }: CopiedCohort): void {
  const removed = new Set<string>()
  for (const { entry, place, since, until, isGone } of entries) {
    database.run(
      `INSERT INTO cohort_entries (cohort, trace_id, position, since, until, gone, note, expected_json, expected_marks_json)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      entry.traceId,
      place,
      since,
      until,
      Number(isGone),
      entry.note ?? null,
      ...expectedColumns(entry.expected),
    )
    if (!isGone && isErased(database, entry.traceId)) removed.add(entry.traceId)
  }
  for (const traceId of removed) forgetInCohorts(database, traceId)
}
