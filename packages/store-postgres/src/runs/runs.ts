import type { Store } from '@runtape/core/store'
import { readAsOf, readFacetQuery, readRunQuery, readUsageQuery } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { momentOf } from '../history/moment.ts'
import { readRun } from '../records/read-runs.ts'
import { usageAt } from '../usage/usage.ts'
import { facetsAt } from './facets.ts'
import { listRuns } from './list-runs.ts'

/** The `runs` part of the store. */
export function runQueries(database: Database): Store['runs'] {
  return {
    get: async (runId, options) => {
      const moment = await momentOf(database, readAsOf('runs.get', options).asOf)
      return database.read(queries => readRun(queries, runId, moment))
    },
    list: async query => listRuns(database, readRunQuery(query)),
    usage: async query => usageAt(database, readUsageQuery(query)),
    facets: async query => facetsAt(database, readFacetQuery(query)),
  }
}
