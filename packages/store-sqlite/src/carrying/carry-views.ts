import type { Database } from '../database/database.ts'
import { nextChange, noteRemoval } from '../history/next-change.ts'
import { type CarriedRow, type Fate, insertRow } from './carried-row.ts'
import { removedRowsSql } from './changed-rows.ts'
import type { OldFile, Row } from './old-file.ts'

/** The views that were saved or removed since the last check. */
export function* carriedViews(old: OldFile): Generator<CarriedRow> {
  for (const row of old.all('views', `SELECT * FROM views WHERE ${old.changed('views')}`))
    yield { kind: 'views', write: next => putView(next, row) }
  if (!old.isWhole)
    for (const { name } of old.all('views', removedRowsSql('views')))
      yield { kind: 'views', write: next => removeView(next, name ?? null) }
}

/** Of two views with the same name, the one that was saved later counts. */
export function putView(next: Database, row: Row): Fate {
  const known = next.get<{ at: number }>('SELECT at FROM views WHERE name = ?', row.name ?? null)
  if (known && known.at >= Number(row.at)) return 'known'
  insertRow(next, 'views', row, 'INSERT OR REPLACE')
  // So that its version is not used again.
  next.run('UPDATE view_versions SET last = max(last, ?)', row.version ?? 0)
  nextChange(next, { kind: 'view', id: String(row.name) })
  return 'copied'
}

function removeView(next: Database, name: Row[string]): Fate {
  const isRemoved = next.run('DELETE FROM views WHERE name = ?', name ?? null) > 0
  if (isRemoved) noteRemoval(next, 'view', String(name))
  return isRemoved ? 'copied' : 'known'
}
