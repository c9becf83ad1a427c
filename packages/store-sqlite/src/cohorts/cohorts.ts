import type { AsOf, Cohort, Cohorts, CohortVersion, Page } from '@runtape/core/store'
import {
  noCohort,
  readAsOf,
  readCohortChange,
  readCohortEntryQuery,
  readCohortName,
  readCohortPage,
  readCohortRef,
} from '@runtape/core/store-helpers'
import { Conditions } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { decodeCursor, fromCursor, type ListOrder, type PageRead, pageOfRows } from '../listing/cursors.ts'
import { readInSlices, threadSlice } from '../reading/in-slices.ts'
import { changeAt, revisionThen } from '../test-runs/known-then.ts'
import { writeChange } from './change-cohort.ts'
import { listEntries } from './cohort-entries.ts'
import { cohortOf, findCohort, selectVersions, versionOf, versionsThen } from './cohort-rows.ts'
import { removeCohort } from './remove-cohort.ts'

/** The `cohorts` part of the store. */
export function cohortQueries(database: Database, busyTimeoutMs: number): Cohorts {
  const get = (cohort: string, options?: AsOf): Cohort | undefined => {
    const ref = readCohortRef(cohort)
    const found = findCohort(database, ref, changeAt(database, readAsOf('cohorts.get', options).asOf))
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
    get: async (cohort, options) => get(cohort, options),
    list: async query => listCohorts(database, readCohortPage(query)),
    versions: async (name, query) => listVersions(database, readCohortName(name), readCohortPage(query)),
    entries: async (cohort, given) => {
      readCohortRef(cohort)
      const { traceId, ...query } = readCohortEntryQuery(given)
      const read = readOf(database, `entries of ${cohort}`, query)
      return readInSlices(database, listEntries(database, { cohort, traceId }, read), threadSlice)
    },
    remove: async name => removeCohort(database, busyTimeoutMs, readCohortName(name)),
  }
}

type PageQuery = ReturnType<typeof readCohortPage>

/** How a page is read: as of the revision of the first page. */
function readOf(database: Database, name: string, { limit = 50, cursor: text, asOf }: PageQuery): PageRead {
  const cursor = decodeCursor(name, text)
  return { name, limit, cursor, revision: cursor?.revision ?? revisionThen(database, asOf) }
}

const byName: ListOrder = { columns: ['name'], isDescending: false, valuesAt: ({ id }) => [id] }

function listCohorts(database: Database, query: PageQuery): Page<Cohort> {
  const read = readOf(database, 'cohorts', query)
  const { changeId } = read.revision
  const find = (part: PageRead) => {
    const where = new Conditions().add(
      'EXISTS (SELECT 1 FROM cohort_versions WHERE cohort = cohorts.id AND change_id <= ?)',
      changeId,
    )
    const order = fromCursor(part, byName, where)
    const sql = `SELECT name FROM cohorts WHERE ${where.sql} ${order} LIMIT ?`
    return database.select<{ name: string }>(sql, [...where.params, read.limit + 1])
  }
  const page = pageOfRows(read, find, ({ name }) => ({ time: 0, id: name }))
  const items = page.items.flatMap(({ name }) => {
    const found = findCohort(database, { name }, changeId)
    return found ? [cohortOf(database, found)] : []
  })
  return { ...page, items }
}

const newestFirst: ListOrder = {
  columns: ['version'],
  isDescending: true,
  valuesAt: ({ time }) => [time ?? 0],
}

function listVersions(database: Database, name: string, query: PageQuery): Page<CohortVersion> {
  const read = readOf(database, `versions of ${name}`, query)
  const { changeId } = read.revision
  const found = findCohort(database, { name }, changeId)
  if (found === undefined) throw noCohort(name)
  const find = (part: PageRead) => {
    const where = versionsThen(found.row.id, changeId)
    return selectVersions(database, where, fromCursor(part, newestFirst, where), read.limit + 1)
  }
  const page = pageOfRows(read, find, ({ version }) => ({ time: version, id: '' }))
  return { ...page, items: page.items.map(versionOf) }
}
