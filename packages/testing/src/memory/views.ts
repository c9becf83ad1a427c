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
import { arrive, arriveRemoval, openTape, type Tape } from './traces/tape.ts'

/** The `views` part of a memory store. */
export function viewQueries(tape: Tape): Views {
  return {
    put: async given => {
      const { version, ...view } = readViewPut(given)
      const { views } = openTape(tape)
      const current = views.get(view.name)
      if (current && isSameView(current, view)) return current
      if (current?.version !== version) throw viewConflict(view.name, current)
      if (!current && views.size >= mostViews) throw tooManyViews()
      tape.lastView += 1
      const saved = { ...view, at: realNow(), version: tape.lastView }
      views.set(view.name, saved)
      arrive(tape, { kind: 'view', id: view.name })
      return saved
    },
    get: async (name, options) => {
      requireNow('views.get', options)
      return openTape(tape).views.get(readViewName(name))
    },
    list: async options => {
      requireNow('views.list', options)
      return [...openTape(tape).views.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    remove: async (given, version) => {
      const name = readViewName(given)
      const current = openTape(tape).views.get(name)
      if (current && version !== undefined && readViewVersion(version) !== current.version)
        throw viewConflict(name, current)
      return deleteView(tape, name)
    },
  }
}

const isSameView = ({ version: _, at: __, ...current }: SavedView, view: Omit<ViewPut, 'version'>): boolean =>
  sameJson(current, view)

/** Removes the views that name the erased target. */
export function eraseViews(tape: Tape, target: EraseTarget): void {
  for (const [name, { filter }] of tape.views) if (namesErased(filter, target)) deleteView(tape, name)
}

function deleteView(tape: Tape, name: string): boolean {
  if (!tape.views.delete(name)) return false
  arriveRemoval(tape, 'view', name)
  return true
}
