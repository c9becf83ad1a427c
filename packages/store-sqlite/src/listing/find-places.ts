import type { RunQuery } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import { Conditions } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { type NamedRuns, namedRuns, rowsOfNamed } from '../filtering/named-runs.ts'
import type { Sliced } from '../reading/in-slices.ts'
import type { RevisionView } from '../reading/revision-view.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import type { Candidates } from './candidates.ts'
import { isBackwards } from './cursors.ts'
import { isListed, type Plan, sortValue } from './plan.ts'
import { SegmentScan } from './scan-segments.ts'

export interface Search {
  readonly database: Database
  readonly view: RevisionView
  readonly plan: Plan
  readonly query: Checked<RunQuery>
}

/** Adds the rows of a list: in order from an index, by the ids of named runs, or else from all columns. */
export function* findPlaces(search: Search, places: Candidates): Sliced<void> {
  const { database, view, plan, query } = search
  const index = places.areAll ? indexFor(plan) : undefined
  const named = namedRuns(query)
  if (named) yield* findNamed(search, named, places)
  else if (index) findByIndex(search, index, places)
  else yield* new SegmentScan(database, view, plan, places).run()
}

const indexes: Partial<Record<NumberColumn, string>> = {
  config: 'runs_config',
  variation: 'runs_variation',
  context_key: 'runs_context',
  feedback: 'runs_feedback',
  outcome: 'runs_outcome',
}

/** The index that has the rows in the order of the list. */
function indexFor({ sortBy, filters }: Plan): string | undefined {
  if (sortBy !== 'first_at' || filters.length > 1) return undefined
  const [filter] = filters
  if (filter === undefined) return 'runs_time'
  if (!filter.between || (filter.column === 'outcome' && filter.between[0] === 1)) return undefined
  return indexes[filter.column]
}

function findByIndex({ database, view, plan }: Search, index: string, places: Candidates): void {
  const { filters, since, until, isAscending, cursor, limit } = plan
  const [comes, order] = isAscending ? ['>', 'ASC'] : ['<', 'DESC']
  // In a list, among rows with the same time, the newest comes first in both orders.
  const [idComes, idOrder] = isBackwards(plan) ? ['>', 'ASC'] : ['<', 'DESC']
  const inclusive = cursor?.step === 'upTo' ? '=' : ''
  const where = new Conditions()
    .add('last_id <= ? AND price_id <= ?', view.revision.eventId, view.revision.priceId)
    .addIf('first_at >= ?', since === -Infinity ? undefined : since)
    .addIf('first_at < ?', until === Infinity ? undefined : until)
  for (const { column, between } of filters) where.add(`${column} = ?`, between?.[0] ?? null)
  if (index === 'runs_outcome') where.add('outcome > 1')
  const time = cursor?.time ?? null
  if (cursor)
    where.add(
      `first_at ${comes}= ? AND (first_at <> ? OR id ${idComes}${inclusive} ?)`,
      time,
      time,
      Number(cursor.id),
    )
  const rows = database.select<{ readonly id: number; readonly first_at: number }>(
    `SELECT id, first_at FROM runs INDEXED BY ${index} WHERE ${where.sql}
     ORDER BY first_at ${order}, id ${idOrder} LIMIT ?`,
    [...where.params, limit + 1],
  )
  view.leaveOutAll()
  for (const { id, first_at } of rows) places.add({ value: first_at, id })
}

function* findNamed({ database, view, plan }: Search, named: NamedRuns, places: Candidates): Sliced<void> {
  for (const rows of rowsOfNamed(database, view, named)) {
    for (const row of rows)
      if (isListed(plan, row)) places.add({ value: sortValue(row[plan.sortBy]), id: row.id })
    yield
  }
}
