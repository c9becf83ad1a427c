import type { Database } from '../database/database.ts'
import { type Revision, writtenRevision } from '../history/revisions.ts'
import { type CursorPlace, decodeCursor, isBackwards, type PageRead } from '../listing/cursors.ts'

/** A read of the spans of a trace. */
export interface SpanListRead {
  readonly traceId: string
  readonly limit: number
  readonly cursor?: string
}

/**
 * How a page of the spans of a trace is read: as of the first page.
 *
 * @param name of the list, in its cursors
 * @param asOf the revision of a first page. Default: the current one
 */
export function readOfSpans(
  database: Database,
  name: string,
  { traceId, limit, cursor: text }: SpanListRead,
  asOf: Revision | undefined,
): PageRead {
  const list = `${name} ${traceId}`
  const cursor = decodeCursor(list, text)
  return { name: list, limit, cursor, revision: cursor?.revision ?? asOf ?? writtenRevision(database) }
}

/** The cursor's place of a span: its place in the order of the trace. */
export const placeAt = (place: number): CursorPlace => ({ time: place, id: '' })

/** The places from the cursor on, in the order of reading. */
export function* placesFrom(read: PageRead, count: number): Generator<number, void> {
  const { cursor } = read
  const at = cursor?.time ?? 0
  const isIncluded = cursor === undefined || cursor.step === 'upTo'
  if (isBackwards(read)) for (let place = isIncluded ? at : at - 1; place >= 0; place--) yield place
  else for (let place = isIncluded ? at : at + 1; place < count; place++) yield place
}
