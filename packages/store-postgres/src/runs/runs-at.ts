import type { ListedRun, RunFilter } from '@runtape/core/store'
import { type Checked, listedRun, passesFilter } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { allOf, joined, raw, type Sql, sql } from '../database/sql.ts'
import { factsOfTraces } from '../filtering/facts-of-traces.ts'
import { runConditions } from '../filtering/run-conditions.ts'
import type { Moment } from '../history/moment.ts'
import { readRuns } from '../records/read-runs.ts'
import { type RunRow, runRow } from './run-row.ts'

/** Number of runs whose events are read at a time. */
export const runsAtOnce = 500

/** The rows that are as they were at a moment. */
export const isUnchanged = (moment: Moment): Sql =>
  moment.is === 'now' ? raw('true') : isReceivedAs(moment, 'changed')

/** The rows of runs that existed at a moment and have changed since. An index finds them. */
const hasChanged = (moment: Moment): Sql =>
  allOf([
    raw('run.first_at IS NOT NULL'),
    isReceivedAs(moment, 'created'),
    moment.is === 'time'
      ? sql`run.changed_at > ${moment.at}::bigint`
      : sql`NOT ${isReceivedAs(moment, 'changed')}`,
    moment.is === 'revision' ? sql`run.changed_xid >= ${firstUnknown(moment)}::xid8` : undefined,
  ])

/** All transactions before it had ended at the revision. */
const firstUnknown = ({ snapshot }: { readonly snapshot: string }): string => snapshot.split(':')[0] ?? ''

function isReceivedAs(moment: Moment, what: 'created' | 'changed'): Sql {
  if (moment.is === 'time') return sql`(run.${raw(what)}_at <= ${moment.at})`
  if (moment.is === 'now') return raw('true')
  return sql`pg_visible_in_snapshot(run.${raw(what)}_xid, ${moment.snapshot}::pg_snapshot)`
}

/** The runs that pass the filter at a moment and have changed since, as they were then. */
export async function changedRuns(
  queries: Queries,
  query: Checked<RunFilter>,
  moment: Moment,
): Promise<ListedRun[]> {
  if (moment.is === 'now') return []
  const order = moment.is === 'time' ? 'changed_at' : 'changed_xid'
  return passing(queries, keysOf(queries, hasChanged(moment), order), query, moment)
}

/** The keys of all runs that can pass a filter at a moment, and maybe of others; `undefined` if there are more than `most`. */
export async function keysOfFew(
  queries: Queries,
  query: Checked<RunFilter>,
  moment: Moment,
  most: number,
): Promise<string[] | undefined> {
  const unchanged = allOf([runConditions(query), isUnchanged(moment)])
  const changed = moment.is === 'now' ? [] : [hasChanged(moment)]
  const parts = [unchanged, ...changed].map(
    where => sql`(SELECT run_id FROM @runs AS run WHERE ${where} LIMIT ${most + 1}::bigint)`,
  )
  const rows = await queries.rows<{ run_id: string }>(joined(parts, ' UNION ALL '))
  return rows.length > most ? undefined : rows.map(({ run_id }) => run_id)
}

/** All runs that pass a filter, also its `where`, as of a moment. */
export async function matchingRuns(
  queries: Queries,
  query: Checked<RunFilter>,
  moment: Moment,
): Promise<ListedRun[]> {
  const unchanged = allOf([runConditions(query), isUnchanged(moment)])
  const found = await passing(queries, keysOf(queries, unchanged, 'run_id'), query, moment)
  return [...found, ...(await changedRuns(queries, query, moment))]
}

/** The rows of runs that are not, or not only, found by conditions on the table. */
export const rowsOf = (runs: readonly ListedRun[]): RunRow[] => runs.map(runRow)

/** The keys of runs, some at a time, along an index. */
async function* keysOf(
  queries: Queries,
  where: Sql,
  order: 'run_id' | 'changed_at' | 'changed_xid',
): AsyncGenerator<string[]> {
  const place = raw(`run.${order}`)
  const type = raw(order === 'run_id' ? 'text' : keyTypes[order])
  for (let after: Sql | undefined; ; ) {
    const rows = await queries.rows<{ run_id: string; place: string }>(
      sql`SELECT run_id, ${place}::text AS place FROM @runs AS run WHERE ${allOf([where, after])}
        ORDER BY ${place}, run_id LIMIT ${runsAtOnce}::bigint`,
    )
    const last = rows.at(-1)
    if (last) yield rows.map(({ run_id }) => run_id)
    if (last === undefined || rows.length < runsAtOnce) return
    after = sql`(${place}, run_id) > (${last.place}::${type}, ${last.run_id})`
  }
}

const keyTypes = { changed_at: 'bigint', changed_xid: 'xid8' } as const

async function passing(
  queries: Queries,
  keys: AsyncIterable<readonly string[]>,
  query: Checked<RunFilter>,
  moment: Moment,
): Promise<ListedRun[]> {
  const found: ListedRun[] = []
  for await (const some of keys)
    for (const run of await passingOf(queries, some, query, moment)) found.push(run)
  return found
}

/** Those of these runs that pass the filter. */
export async function passingOf(
  queries: Queries,
  keys: readonly string[],
  query: Checked<RunFilter>,
  moment: Moment,
): Promise<ListedRun[]> {
  const all = await readRuns(queries, keys, moment)
  const runs = [...all.values()].map(run => listedRun(run))
  const factsOf = query.where && (await factsOfTraces(queries, runs, query.where, moment))
  return runs.filter(run => passesFilter(run, query, factsOf))
}
