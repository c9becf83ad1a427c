import type { EraseTarget, SavedView, ViewPut, Views } from '@runtape/core/store'
import {
  mostViews,
  namesErased,
  readViewName,
  readViewPut,
  readViewVersion,
  requireNow,
  sameJson,
  tooManyViews,
  viewConflict,
} from '@runtape/core/store-helpers'
import { noteChange } from '../changes/note-change.ts'
import type { Database, Queries } from '../database/database.ts'
import { raw, sql } from '../database/sql.ts'
import { receivedNow } from '../history/received-now.ts'
import { noteRemoved } from '../removal/removal-changes.ts'

export interface ViewRow {
  readonly version: number
  readonly received_at: number
  readonly view: string
}

/** The `views` part of the store. */
export const viewsPart = (database: Database): Views => ({
  put: async given => {
    const view = readViewPut(given)
    return database.write(queries => putView(queries, view), ['append', 'shared'])
  },
  get: async (name, options) => {
    requireNow('views.get', options)
    const wanted = readViewName(name)
    return database.read(queries => findView(queries, wanted))
  },
  list: async options => {
    requireNow('views.list', options)
    const rows = await database.rows<ViewRow>(sql`SELECT version, received_at, view FROM @views`)
    return rows.map(viewOf).sort((a, b) => (a.name < b.name ? -1 : 1))
  },
  remove: async (given, version) => {
    const name = readViewName(given)
    const wanted = version === undefined ? undefined : readViewVersion(version)
    return database.write(queries => removeView(queries, name, wanted), ['append', 'shared'])
  },
})

async function putView(queries: Queries, { version, ...view }: ViewPut): Promise<SavedView> {
  await lockViews(queries)
  const current = await findView(queries, view.name)
  if (current && isSameView(current, view)) return current
  if (current?.version !== version) throw viewConflict(view.name, current)
  if (!current && (await countViews(queries)) >= mostViews) throw tooManyViews()
  const [row] = await queries.rows<ViewRow>(
    sql`INSERT INTO @views AS known (name, version, received_at, view)
      VALUES (${view.name}, nextval('@ids'), ${receivedNow}, ${JSON.stringify(view)})
      ON CONFLICT (name) DO UPDATE SET version = excluded.version, xid = excluded.xid,
        received_at = excluded.received_at, view = excluded.view
      RETURNING version, received_at, view`,
  )
  await noteChange(queries, 'view', view.name)
  return viewOf(row as ViewRow)
}

async function removeView(queries: Queries, name: string, version: number | undefined): Promise<boolean> {
  await lockViews(queries)
  const current = await findView(queries, name)
  if (current && version !== undefined && version !== current.version) throw viewConflict(name, current)
  if ((await queries.run(sql`DELETE FROM @views WHERE name = ${name}`)) === 0) return false
  await noteRemoved(queries, 'view', [name])
  return true
}

/** Removes the views that name the erased target. */
export async function eraseViews(queries: Queries, target: EraseTarget): Promise<void> {
  const rows = await queries.rows<ViewRow>(
    sql`SELECT version, received_at, view FROM @views ORDER BY name FOR UPDATE`,
  )
  const views = rows.map(viewOf).filter(({ filter }) => namesErased(filter, target))
  const names = views.map(({ name }) => name)
  await queries.run(sql`DELETE FROM @views WHERE name = ANY(${names}::text[])`)
  await noteRemoved(queries, 'view', names)
}

/** One change of views at a time: a row that is not there yet cannot be locked. Reads go on. */
export const lockViews = (queries: Queries): Promise<number> =>
  queries.run(raw('LOCK TABLE @views IN SHARE ROW EXCLUSIVE MODE'))

async function findView(queries: Queries, name: string): Promise<SavedView | undefined> {
  const [row] = await queries.rows<ViewRow>(
    sql`SELECT version, received_at, view FROM @views WHERE name = ${name}`,
  )
  return row && viewOf(row)
}

async function countViews(queries: Queries): Promise<number> {
  const [row] = await queries.rows<{ n: number }>(sql`SELECT count(*) AS n FROM @views`)
  return row?.n ?? 0
}

export const viewOf = ({ version, received_at, view }: ViewRow): SavedView => ({
  ...(JSON.parse(view) as Omit<SavedView, 'at' | 'version'>),
  at: received_at,
  version,
})

const isSameView = ({ version: _, at: __, ...current }: SavedView, view: Omit<ViewPut, 'version'>): boolean =>
  sameJson(current, view)
