import type { Cohort, CohortChange, Cohorts, CohortVersion, Page } from '@runtape/core/store'
import {
  noCohort,
  readAsOf,
  readCohortChange,
  readCohortEntryQuery,
  readCohortName,
  readCohortPage,
  readCohortRef,
} from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { allOf, sql } from '../database/sql.ts'
import type { ListRead } from '../history/cursors.ts'
import { isReceived, type Moment, momentOf } from '../history/moment.ts'
import { orderOf, pageAt } from '../history/pages.ts'
import { changeCohort, createCohort, removeCohort } from './change-cohort.ts'
import { listEntries } from './cohort-entries.ts'
import { cohortsOf, findVersion, type VersionRow, versionOf } from './read-cohorts.ts'

/** The `cohorts` part of the store. */
export const cohortsPart = (database: Database): Cohorts => {
  let changes: Promise<unknown> = Promise.resolve()
  const write = async (given: string, change: CohortChange | undefined, how: typeof changeCohort) => {
    const name = readCohortName(given)
    const checked = readCohortChange(change)
    // One after the other: changes that wait for the row of a cohort would take all connections.
    const turn = changes.then(() =>
      database.write(queries => how(queries, name, checked), ['append', 'shared']),
    )
    changes = turn.catch(() => {})
    return turn
  }
  return {
    create: (name, change) => write(name, change, createCohort),
    change: (name, change) => write(name, change, changeCohort),
    get: async (cohort, options) => {
      const ref = readCohortRef(cohort)
      const moment = await momentOf(database, readAsOf('cohorts.get', options).asOf)
      return database.read(async queries => {
        const row = await findVersion(queries, ref, moment)
        return row && (await cohortsOf(queries, [row]))[0]
      })
    },
    list: async query => listCohorts(database, readCohortPage(query)),
    versions: async (name, query) => listVersions(database, readCohortName(name), readCohortPage(query)),
    entries: async (cohort, query) => listEntries(database, cohort, readCohortEntryQuery(query)),
    remove: async given => {
      const name = readCohortName(given)
      return database.write(queries => removeCohort(queries, name), ['append', 'shared'])
    },
  }
}

type PageQuery = ReturnType<typeof readCohortPage>

const byName = [{ column: 'cohort.name', at: ({ id }: { id: string }) => sql`${id}::text` }]

async function listCohorts(
  database: Database,
  { limit = 50, cursor, asOf }: PageQuery,
): Promise<Page<Cohort>> {
  const find = async (queries: Queries, moment: Moment, read: ListRead) => {
    const { isBeyond, order } = orderOf(read, byName, false)
    return queries.rows<VersionRow>(
      sql`SELECT newest.*, cohort.name FROM @cohorts AS cohort CROSS JOIN LATERAL (
          SELECT * FROM @cohort_versions AS one WHERE one.cohort = cohort.id AND ${isReceived(moment, 'one')}
          ORDER BY one.version DESC LIMIT 1) AS newest
        WHERE ${allOf([isBeyond])} ORDER BY ${order} LIMIT ${limit + 1}::bigint`,
    )
  }
  const placeOf = ({ name }: VersionRow) => ({ time: 0, id: name })
  const paged = { list: 'cohorts', limit, cursor, asOf, find, placeOf }
  return pageAt(database, paged, (queries, _moment, rows) => cohortsOf(queries, rows))
}

const newestFirst = [
  { column: 'one.version', at: ({ time }: { time: number | null }) => sql`${time ?? 0}::bigint` },
]

async function listVersions(
  database: Database,
  name: string,
  { limit = 50, cursor, asOf }: PageQuery,
): Promise<Page<CohortVersion>> {
  const find = async (queries: Queries, moment: Moment, read: ListRead) => {
    const found = await findVersion(queries, { name }, moment)
    if (found === undefined) throw noCohort(name)
    const { isBeyond, order } = orderOf(read, newestFirst, true)
    return queries.rows<VersionRow>(
      sql`SELECT one.* FROM @cohort_versions AS one
        WHERE ${allOf([sql`one.cohort = ${found.cohort}`, isReceived(moment, 'one'), isBeyond])}
        ORDER BY ${order} LIMIT ${limit + 1}::bigint`,
    )
  }
  const placeOf = ({ version }: VersionRow) => ({ time: version, id: '' })
  const paged = { list: `versions of ${name}`, limit, cursor, asOf, find, placeOf }
  return pageAt(database, paged, (_queries, _moment, rows) => rows.map(versionOf))
}
