import { realNow } from '@runtape/core/internal'
import type { Change, ChangedRecord } from '@runtape/core/store'
import { removalMark } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import { lastReceivedAt, lastReceivedSql } from './received.ts'

const insertSql = `INSERT INTO changes (received_at, kind, about, about_is)
  VALUES (max(?, ${lastReceivedSql}), ?, ?, ?) RETURNING id`

interface Noted {
  readonly kind: Change['kind']
  readonly id: string
}

/** Kinds whose id may name a person. It goes with the record. */
const named: ReadonlySet<string> = new Set(['run', 'cohort', 'view', 'budget'])

/**
 * Numbers a change of something that is neither a run event, a price nor a span. Call it in the transaction that
 * writes the change, and store the number with the row: the row belongs to a revision if its number is at most the
 * revision's `changeId`.
 *
 * @param changed what `store.changes` reports. The id of a cohort, view, budget or run is kept until `noteRemoval`; any
 *   other is kept forever, so it must name no trace or person
 */
export function nextChange(database: Database, changed?: Noted): number {
  return insert(database, realNow(), [
    changed?.kind ?? null,
    changed?.id || null,
    changed && named.has(changed.kind) ? 'name' : null,
  ])
}

/** As `nextChange`, for a record that was removed. Only a hash of its id is kept. */
export function noteRemoval(database: Database, kind: Change['kind'], id: string): number {
  if (named.has(kind))
    database.run(
      "UPDATE changes SET kind = NULL, about = NULL, about_is = NULL WHERE about_is = 'name' AND kind = ? AND about = ?",
      kind,
      id,
    )
  return insert(database, realNow(), [kind, removalMark(kind, id), 'mark'])
}

/**
 * As `nextChange`, for what only grows a count: repeated changes of the same kind keep one row. Nothing may keep the
 * number.
 */
export function noteCounted(database: Database, kind: ChangedRecord['kind']): void {
  const id = nextChange(database, { kind, id: '' })
  // Afterwards, so that no later change is received before the one that goes.
  database.run(
    'DELETE FROM changes WHERE id = (SELECT max(id) FROM changes WHERE id < ?) AND kind = ? AND about IS NULL',
    id,
    kind,
  )
}

/**
 * Records that everything received from now on is later than `asOf`, even if the clock is set back. Repeated calls keep
 * one row. Call inside a transaction.
 */
export function closeChanges(database: Database, asOf: number): void {
  if (lastReceivedAt(database) > asOf) return
  const at = Math.max(realNow(), asOf + 1)
  const last = database.get<{ id: number; kind: string | null }>(
    'SELECT id, kind FROM changes ORDER BY id DESC LIMIT 1',
  )
  if (last?.kind === closing) database.run('UPDATE changes SET received_at = ? WHERE id = ?', at, last.id)
  else insert(database, at, [closing, null, null])
}

/** Kind of the rows of `closeChanges`. They are no changes. */
const closing = 'closed'

type Noting = readonly [kind: string | null, about: string | null, aboutIs: 'name' | 'mark' | null]

const insert = (database: Database, at: number, noting: Noting): number =>
  database.get<{ id: number }>(insertSql, at, ...noting)?.id ?? 0
