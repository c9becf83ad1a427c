import type { Database } from '../database/database.ts'
import { nextChange } from '../history/next-change.ts'
import { runName, traceName } from '../removal/tombstones.ts'
import { type CarriedRow, type Fate, insertRow } from './carried-row.ts'
import type { OldFile, Row } from './old-file.ts'

/** The reviews that were written or withdrawn since the last check, and the claims. */
export function* carriedReviews(old: OldFile): Generator<CarriedRow> {
  const later = `reviews.id > ${old.marks.reviews} OR ${old.changed('reviews')}`
  for (const row of old.byId('reviews', later)) yield { kind: 'reviews', write: next => putReview(next, row) }
  const claims = `SELECT * FROM review_claims WHERE ${old.changed('review_claims')}`
  for (const row of old.all('review_claims', claims)) yield { write: next => putClaim(next, row) }
}

/** Whether the run or the trace was removed, so that nothing about it may be written. */
export const isRemoved = (next: Database, { run_id, trace_id }: Row): boolean =>
  [
    ...(typeof run_id === 'string' ? [runName(run_id)] : []),
    ...(typeof trace_id === 'string' && run_id === null ? [traceName(trace_id)] : []),
  ].some(name => next.get('SELECT 1 FROM tombstones WHERE name = ?', name) !== undefined)

function putReview(next: Database, { id: _, ...row }: Row): Fate {
  if (isRemoved(next, row)) return 'known'
  const known = next.get<Row>(
    'SELECT id, withdrawn_change_id FROM reviews WHERE review_id = ?',
    row.review_id ?? null,
  )
  const change = () => nextChange(next, { kind: 'review', id: String(row.review_id) })
  const withdrawn = row.withdrawn_change_id === null ? null : change()
  if (known === undefined) {
    insertRow(next, 'reviews', { ...row, change_id: change(), withdrawn_change_id: withdrawn })
    return 'copied'
  }
  if (withdrawn === null || known.withdrawn_change_id !== null) return 'known'
  next.run(
    'UPDATE reviews SET withdrawn_change_id = ?, withdrawn_at = ?, withdrawn_by = ? WHERE id = ?',
    withdrawn,
    row.withdrawn_at ?? null,
    row.withdrawn_by ?? null,
    known.id ?? null,
  )
  return 'copied'
}

/** Of two claims, the later one counts: both reviewers were told, and the other claim ends earlier. */
function putClaim(next: Database, row: Row): Fate {
  const sql = 'SELECT 1 FROM review_claims WHERE item = ? AND until >= ?'
  if (next.get(sql, row.item ?? null, row.until ?? null) !== undefined || isRemoved(next, row)) return 'known'
  insertRow(next, 'review_claims', row, 'INSERT OR REPLACE')
  return 'copied'
}
