import type { Cohort, CohortPageQuery, Cohorts, CohortVersion, Page } from '@runtape/core/store'
import {
  noCohort,
  readCohortChange,
  readCohortEntryQuery,
  readCohortName,
  readCohortPage,
  readCohortRef,
} from '@runtape/core/store-helpers'
import { decodeCursor, encodeCursor } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { readInSlices, threadSlice } from '../reading/in-slices.ts'
import { writeChange } from './change-cohort.ts'
import { listEntries } from './cohort-entries.ts'
import { type CohortRow, cohortOf, findCohort, selectVersions, versionOf } from './cohort-rows.ts'
import { removeCohort } from './remove-cohort.ts'

/** The `cohorts` part of the store. */
export function cohortQueries(database: Database, busyTimeoutMs: number): Cohorts {
  const get = (cohort: string): Cohort | undefined => {
    const found = findCohort(database, readCohortRef(cohort))
    return found && cohortOf(database, found)
  }
  const write = async (
    given: string,
    change: Parameters<Cohorts['change']>[1] | undefined,
    isNew: boolean,
  ) => {
    database.assertOpen()
    const name = readCohortName(given)
    const checked = readCohortChange(change)
    const version = await writeChange(database, busyTimeoutMs, { name, isNew, checked })
    const cohort = get(`${name}@${version}`)
    if (cohort) return cohort
    throw noCohort(name)
  }
  return {
    create: (name, change) => write(name, change, true),
    change: (name, change) => write(name, change, false),
    get: async cohort => get(cohort),
    list: async query => listCohorts(database, readCohortPage(query)),
    versions: async (name, query) => listVersions(database, readCohortName(name), readCohortPage(query)),
    entries: async (cohort, query) =>
      readInSlices(database, listEntries(database, cohort, readCohortEntryQuery(query)), threadSlice),
    remove: async name => removeCohort(database, busyTimeoutMs, readCohortName(name)),
  }
}

function listCohorts(database: Database, { limit = 50, cursor }: CohortPageQuery): Page<Cohort> {
  const after = decodeCursor('cohorts', cursor)
  const rows = database.all<CohortRow>(
    `SELECT * FROM cohorts WHERE name > ? AND EXISTS (
       SELECT 1 FROM cohort_versions WHERE cohort = cohorts.id AND version = cohorts.version)
     ORDER BY name LIMIT ?`,
    after?.id ?? '',
    limit + 1,
  )
  const page = rows.slice(0, limit)
  const items = page.flatMap(row => {
    const found = findCohort(database, row)
    return found ? [cohortOf(database, found)] : []
  })
  const last = page.at(-1)
  if (last === undefined || rows.length === page.length) return { items }
  return { items, nextCursor: encodeCursor('cohorts', { time: 0, id: last.name, mark: 0 }) }
}

function listVersions(
  database: Database,
  name: string,
  { limit = 50, cursor }: CohortPageQuery,
): Page<CohortVersion> {
  const list = `versions of ${name}`
  const before = decodeCursor(list, cursor)
  const found = findCohort(database, { name })
  if (found === undefined) throw noCohort(name)
  const rows = selectVersions(database, found.row.id, before?.time ?? Number.MAX_SAFE_INTEGER, limit + 1)
  const page = rows.slice(0, limit)
  const items = page.map(versionOf)
  const last = page.at(-1)
  if (last === undefined || rows.length === page.length) return { items }
  return { items, nextCursor: encodeCursor(list, { time: last.version, id: '', mark: 0 }) }
}
