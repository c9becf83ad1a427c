import type { Store } from '@runtape/core/store'
import { readAsOf } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { momentOf } from '../history/moment.ts'
import { readRun } from '../records/read-runs.ts'
import { refuse } from '../unsupported.ts'

/** The `runs` part of the store. */
export function runQueries(database: Database): Store['runs'] {
  return {
    get: async (runId, options) => {
      const moment = await momentOf(database, readAsOf('runs.get', options).asOf)
      return database.read(queries => readRun(queries, runId, moment))
    },
    list: async () => refuse('runs.list'),
    usage: async () => refuse('runs.usage'),
    facets: async () => refuse('runs.facets'),
  }
}
