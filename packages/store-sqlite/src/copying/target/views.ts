import { type CopyOutcome, tombstonesOfView } from '@runtape/core/internal'
import { removalMark, type SavedView } from '@runtape/core/store'
import { sameJson } from '@runtape/core/store-helpers'
import { putView as putRow } from '../../carrying/carry-views.ts'
import type { Database } from '../../database/database.ts'
import { Tombstones } from '../../removal/tombstones.ts'
import { deleteView, findView } from '../../views/views.ts'
import { outcomeOf } from './outcomes.ts'
import type { WriteContext } from './write-context.ts'

/** Of two views with the same name, the one that was saved later counts. One that names what was erased here since stays away. */
export function writeViews({ database, gone }: WriteContext, entries: readonly SavedView[]): CopyOutcome {
  const marks = new Set(gone)
  const names = database.all<{ name: string }>('SELECT name FROM views').map(({ name }) => name)
  for (const name of names) if (marks.has(removalMark('view', name))) deleteView(database, name)
  const book = new Tombstones(database)
  return outcomeOf(
    entries,
    ({ name }) => `view ${name}`,
    view =>
      tombstonesOfView(view.filter).some(name => book.covers(name, view.at))
        ? { refused: 'it names what was erased here' }
        : putView(database, view),
  )
}

function putView(database: Database, view: SavedView) {
  const { name, filter, settings, by, at, version } = view
  const known = findView(database, name)
  if (known && sameJson(contentOf(known), contentOf(view))) return 'known'
  const last = database.get<{ last: number }>('SELECT last FROM view_versions')?.last ?? 0
  const row = {
    name,
    filter,
    settings_json: settings === undefined ? null : JSON.stringify(settings),
    by: by ?? null,
    at,
    // A version is never used again.
    version: Math.max(version, last + 1),
  }
  return putRow(database, row) === 'copied' ? 'copied' : 'conflict'
}

const contentOf = ({ at: _, version: __, ...view }: SavedView) => view
