import { RuntapeError } from '../errors.ts'
import type { Change, ChangesQuery } from '../store/changes.ts'
import type { Revision } from '../store/revision.ts'
import { readMoment } from './read-as-of.ts'
import { listed, refusal, shown } from './read-query.ts'
import { requireKnown } from './require-known.ts'

const kinds = Object.keys({
  run: true,
  trace: true,
  'test-run': true,
  item: true,
  verdict: true,
  cohort: true,
  review: true,
  view: true,
  budget: true,
  health: true,
} satisfies Record<Change['kind'], true>)

/** A query with checked arguments. Times are milliseconds since the Unix epoch. */
export interface CheckedChanges {
  readonly since: Revision | number
  readonly limit: number
  readonly kinds: readonly Change['kind'][] | undefined
  readonly asOf: Revision | number | undefined
}

/** The arguments of `changes`, as every store reads them. */
export function readChangesQuery(query: ChangesQuery): CheckedChanges {
  requireKnown('changes', query, ['since', 'limit', 'kinds', 'asOf'])
  const { limit = 100, kinds: wanted } = query
  if (query.since === undefined)
    throw refusal(
      'since',
      undefined,
      'is missing',
      'Pass the revision that revision() or the last page returned.',
    )
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1000)
    throw refusal('limit', limit, 'must be a whole number from 1 to 1000')
  if (wanted !== undefined) requireKinds(wanted)
  return {
    since: readMoment('since', query.since),
    limit,
    kinds: wanted,
    asOf: query.asOf === undefined ? undefined : readMoment('asOf', query.asOf),
  }
}

function requireKinds(wanted: unknown): void {
  if (!Array.isArray(wanted) || wanted.length === 0) throw refusal('kinds', wanted, 'must be a list of kinds')
  for (const kind of wanted)
    if (!kinds.includes(kind))
      throw refusal('kinds', kind, 'has an unknown kind', `Use some of ${listed(kinds)}.`)
}

/** For a revision after which a store does not know all changes. */
export const revisionUnknown = (since: Revision | number, store: string): RuntapeError =>
  new RuntapeError(
    'revision-unknown',
    `The changes since ${shown(since)} are not known: ${store} never had this revision, or has forgotten what was removed after it. Start over: call revision(), read everything as of it, and follow from there.`,
  )
