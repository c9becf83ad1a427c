import type { Changes } from '@runtape/core/store'
import { ChangePage, type CheckedChanges, revisionUnknown } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { readInSlices, type Sliced } from '../reading/in-slices.ts'
import type { Reading } from '../reading/reading.ts'
import { catchUpTo, revisionAsOf } from './as-of.ts'
import { ChangeStream, streams } from './change-streams.ts'
import { changesFloor } from './forget-marks.ts'
import { knownRevision, type Revision, revisionText, wholeRevisionAt } from './revisions.ts'

/** Number of rows after which a page ends, even if it has fewer changes than it may: its records changed often. */
const mostRows = 20_000

/** A page of the changes since a revision. Its cost depends on their number, not on the size of the store. */
export async function readChanges(reading: Reading, query: CheckedChanges): Promise<Changes> {
  const { database, rows, slice } = reading
  if (typeof query.since === 'number') await catchUpTo(rows, query.since)
  const to = await revisionAsOf(database, rows, { asOf: query.asOf, isWhole: true })
  return readInSlices(database, pageOfChanges(database, query, to), slice)
}

function* pageOfChanges(database: Database, query: CheckedChanges, to: Revision): Sliced<Changes> {
  const since = startOf(database, query.since)
  const page = new ChangePage(query.limit)
  const all = streams.map(stream => new ChangeStream(database, stream, { since, to, kinds: query.kinds }))
  let hasMore = false
  for (let rows = 0; ; rows++) {
    if (all.some(stream => stream.isEmpty())) {
      for (const stream of all) stream.fill()
      yield
    }
    const next = ChangeStream.first(all)
    if (next === undefined) break
    hasMore = rows >= mostRows || !page.add(next.head)
    if (hasMore) break
    next.pass()
  }
  // Again: marks may have been forgotten meanwhile.
  startOf(database, query.since)
  const revision = Object.assign({}, since, ...all.map(stream => stream.position(hasMore))) as Revision
  return { items: page.items, revision: revisionText(database, revision), hasMore }
}

/** @throws {RuntapeError} `revision-unknown` if changes since then may be missing */
function startOf(database: Database, since: string | number): Revision {
  const revision =
    typeof since === 'number' ? wholeRevisionAt(database, since) : knownRevision(database, since)
  const isWhole = revision !== undefined && revision.spanId < Number.MAX_SAFE_INTEGER
  if (isWhole && revision.changeId >= changesFloor(database)) return revision
  throw revisionUnknown(since, `the store ${database.name}`)
}
