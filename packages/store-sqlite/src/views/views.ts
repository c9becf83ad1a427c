import { realNow } from '@runtape/core/internal'
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
import type { Database } from '../database/database.ts'
import { nextChange, noteRemoval } from '../history/next-change.ts'

export interface ViewRow {
  readonly name: string
  readonly filter: string
  readonly settings_json: string | null
  readonly by: string | null
  readonly at: number
  readonly version: number
}

/** The `views` part of the store. */
export function viewQueries(database: Database): Views {
  return {
    put: async given => {
      const view = readViewPut(given)
      return database.transaction(() => putView(database, view))
    },
    get: async (name, options) => {
      requireNow('views.get', options)
      return findView(database, readViewName(name))
    },
    list: async options => {
      requireNow('views.list', options)
      const views = database.all<ViewRow>('SELECT * FROM views').map(viewOf)
      return views.sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    remove: async (given, version) => {
      const name = readViewName(given)
      const wanted = version === undefined ? undefined : readViewVersion(version)
      return database.transaction(() => removeView(database, name, wanted))
    },
  }
}

function putView(database: Database, { version, ...view }: ViewPut): SavedView {
  const current = findView(database, view.name)
  if (current && isSameView(current, view)) return current
  if (current?.version !== version) throw viewConflict(view.name, current)
  if (!current && countViews(database) >= mostViews) throw tooManyViews()
  const next =
    database.get<{ last: number }>('UPDATE view_versions SET last = last + 1 RETURNING last')?.last ?? 1
  const saved = { ...view, at: realNow(), version: next }
  database.run(
    'INSERT OR REPLACE INTO views (name, filter, settings_json, by, at, version) VALUES (?, ?, ?, ?, ?, ?)',
    saved.name,
    saved.filter,
    saved.settings === undefined ? null : JSON.stringify(saved.settings),
    saved.by ?? null,
    saved.at,
    saved.version,
  )
  nextChange(database, { kind: 'view', id: saved.name })
  return saved
}

function removeView(database: Database, name: string, version: number | undefined): boolean {
  const current = findView(database, name)
  if (current && version !== undefined && version !== current.version) throw viewConflict(name, current)
  return deleteView(database, name)
}

export function deleteView(database: Database, name: string): boolean {
  if (database.run('DELETE FROM views WHERE name = ?', name) === 0) return false
  noteRemoval(database, 'view', name)
  return true
}

/** Removes the views that name the erased target. Call inside a transaction. */
export function eraseViews(database: Database, target: EraseTarget): void {
  for (const { name, filter } of database.all<ViewRow>('SELECT * FROM views'))
    if (namesErased(filter, target)) deleteView(database, name)
}

export function findView(database: Database, name: string): SavedView | undefined {
  const row = database.get<ViewRow>('SELECT * FROM views WHERE name = ?', name)
  return row && viewOf(row)
}

const countViews = (database: Database): number =>
  database.get<{ n: number }>('SELECT count(*) AS n FROM views')?.n ?? 0

export const viewOf = ({ name, filter, settings_json, by, at, version }: ViewRow): SavedView => ({
  name,
  filter,
  ...(settings_json !== null && { settings: JSON.parse(settings_json) }),
  ...(by !== null && { by }),
  at,
  version,
})

const isSameView = ({ version: _, at: __, ...current }: SavedView, view: Omit<ViewPut, 'version'>): boolean =>
  sameJson(current, view)
