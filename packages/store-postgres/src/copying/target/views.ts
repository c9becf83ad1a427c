import { type CopyOutcome, isFromBefore, tombstonesOfView } from '@runtape/core/internal'
import { removalMark, type SavedView } from '@runtape/core/store'
import { sameJson } from '@runtape/core/store-helpers'
import { noteChange } from '../../changes/note-change.ts'
import type { Queries } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { noteRemoved } from '../../removal/removal-changes.ts'
import { readTombstones } from '../../removal/tombstones.ts'
import { lockViews } from '../../views/views.ts'
import type { WriteContext } from './write-context.ts'

/**
 * Of two views with the same name, the one that was saved later counts. One that names what was erased here since it was
 * saved stays away.
 */
export async function writeViews(
  { queries, gone }: WriteContext,
  entries: readonly SavedView[],
): Promise<CopyOutcome> {
  const [fates, conflicts] = [{ copied: 0, known: 0 }, [] as string[]]
  await lockViews(queries)
  const erased = await erasedAmong(queries, entries)
  for (const view of entries.filter(one => !erased.has(one))) {
    const fate = await putView(queries, view)
    if (fate === 'conflict') conflicts.push(`view ${view.name}`)
    else fates[fate]++
  }
  if (gone.length > 0) fates.copied += await removeGone(queries, new Set(gone))
  const refused = [...erased].map(({ name }) => `view ${name}: it names what was erased here`)
  return { ...fates, conflicts, ...(refused.length > 0 && { refused }) }
}

async function erasedAmong(queries: Queries, views: readonly SavedView[]): Promise<Set<SavedView>> {
  const names = views.flatMap(({ filter }) => tombstonesOfView(filter))
  const known = await readTombstones(queries, names)
  const isErased = ({ filter, at }: SavedView) =>
    tombstonesOfView(filter).some(name => isFromBefore(known.get(name)?.until, at))
  return new Set(views.filter(isErased))
}

async function putView(
  queries: Queries,
  { at, version: _, ...view }: SavedView,
): Promise<'copied' | 'known' | 'conflict'> {
  const [known] = await queries.rows<{ received_at: number; view: string }>(
    sql`SELECT received_at, view FROM @views WHERE name = ${view.name} FOR UPDATE`,
  )
  if (known && sameJson(JSON.parse(known.view), view)) return 'known'
  if (known && known.received_at >= at) return 'conflict'
  await queries.run(
    sql`INSERT INTO @views AS known (name, version, received_at, view)
      VALUES (${view.name}, nextval('@ids'), ${Math.floor(at)}, ${JSON.stringify(view)})
      ON CONFLICT (name) DO UPDATE SET version = excluded.version, xid = excluded.xid,
        received_at = excluded.received_at, view = excluded.view`,
  )
  await noteChange(queries, 'view', view.name)
  return 'copied'
}

async function removeGone(queries: Queries, gone: ReadonlySet<string>): Promise<number> {
  const rows = await queries.rows<{ name: string }>(sql`SELECT name FROM @views`)
  const names = rows.map(({ name }) => name).filter(name => gone.has(removalMark('view', name)))
  await queries.run(sql`DELETE FROM @views WHERE name = ANY(${names}::text[])`)
  await noteRemoved(queries, 'view', names)
  return names.length
}
