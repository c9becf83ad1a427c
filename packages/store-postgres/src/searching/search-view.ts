import type { Revision } from '@runtape/core/store'
import type { Database, Queries } from '../database/database.ts'
import { allOf, type Sql } from '../database/sql.ts'
import { isReceived, type Moment, momentOf, momentOfMark, revisionAsOf } from '../history/moment.ts'
import { type KnownRevision, parseRevision, revisionText } from '../history/revisions.ts'
import { intersection, snapshotText } from '../history/snapshot.ts'
import { isMissing } from '../searched-texts/missing-rows.ts'
import { readState } from '../searched-texts/search-state.ts'

/** What all pages of a search show. */
export interface SearchView {
  readonly moment: Moment
  readonly completeTo: Revision
  /** The condition that the row of a text had been received, and is among those that are complete. */
  readonly isReceived: Sql
  /** For the cursors of pages. */
  readonly mark: string
}

/** What a search without a cursor asks for. */
export interface Asked {
  /** A revision, or a time. */
  readonly moment: Moment
  readonly revision: KnownRevision
}

export async function askedOf(database: Database, asOf: Revision | number | undefined): Promise<Asked> {
  const revision = await revisionAsOf(database, asOf)
  // Also what was received by a time in transactions that the revision of that time does not have.
  if (typeof asOf === 'number') return { moment: await momentOf(database, asOf), revision }
  return { moment: momentOfRevision(revision), revision }
}

/** The view of a first page; `undefined` if no store was ever opened with `search: true`. */
export async function firstView(
  queries: Queries,
  { moment, revision }: Asked,
): Promise<SearchView | undefined> {
  const { isUsed, covered } = await readState(queries)
  if (!isUsed) return undefined
  const isWhole = !(await isMissing(queries, covered, isReceived(moment, 'source')))
  const part: KnownRevision = {
    ...revision,
    snapshot: intersection(revision.snapshot, covered),
    partly: new Map(),
  }
  const completeTo = revisionText(isWhole ? revision : part)
  if (moment.is !== 'time') return viewOfMark(completeTo)
  return viewOfMark(
    [`t${moment.at}`, ...(isWhole ? [] : [`s${snapshotText(covered)}`]), completeTo].join(' '),
  )
}

/** The view of the page with a cursor. */
export function viewOfMark(mark: string): SearchView {
  const marks = mark.split(' ')
  const completeTo = marks.at(-1) ?? ''
  const revision = parseRevision(completeTo)
  const own = marks.slice(0, -1).map(momentOfMark)
  const moments = own.length > 0 || revision === undefined ? own : [momentOfRevision(revision)]
  return {
    moment: moments[0] ?? momentOfMark(mark),
    completeTo,
    isReceived: allOf(moments.map(moment => isReceived(moment, 'text'))),
    mark,
  }
}

const momentOfRevision = ({ snapshot }: KnownRevision): Moment => ({
  is: 'revision',
  snapshot: snapshotText(snapshot),
})
