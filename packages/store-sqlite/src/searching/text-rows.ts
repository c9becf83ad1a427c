import type { SearchHit } from '@runtape/core/store'
import { encodeText } from '@runtape/core/store-helpers'
import { Conditions } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import { fromCursor, isBackwards, type ListOrder, type PageRead } from '../listing/cursors.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { sortInSlices } from '../reading/sort-in-slices.ts'
import { type Candidates, readCandidates, type UsableIndex } from '../trigrams/candidates.ts'

export interface TextRow {
  readonly id: number
  readonly source: 'event' | 'span'
  readonly source_id: number
  readonly place: SearchHit['in']
  readonly at: number
  readonly trace_id: string | null
  readonly run_id: string | null
  readonly text: string
  readonly folded: string | null
}

/** Number of texts that SQLite scans in one step: a few megabytes. */
const textsAtOnce = 128

/** Blocks of texts that are read before the index is asked: of a common term, they have enough hits. */
const mostBlocksFirst = 16
const textsPerBlockFirst = 8192

/** Newest first. */
const listOrder: ListOrder = {
  columns: ['at', 'id'],
  isDescending: true,
  valuesAt: ({ time, id }) => [time ?? 0, Number(id)],
}

/** What a search can use instead of reading all texts. */
export interface Shortcuts {
  readonly index?: UsableIndex | undefined
  /** The only runs that can have a hit. */
  readonly runIds?: readonly string[] | undefined
}

/**
 * The texts that contain the term, in the order of reading, a few per step. Some steps have none, and some texts do not
 * contain it.
 */
export function* textsToRead(
  database: Database,
  term: string,
  read: PageRead,
  { index, runIds }: Shortcuts,
): Generator<readonly TextRow[]> {
  if (runIds) {
    const places = yield* pausing(placesInRuns(database, runIds, read))
    return yield* textsAt(database, places, read)
  }
  let part: PageRead | undefined = read
  const blocksFirst = Math.min(mostBlocksFirst, Math.floor(lastId(database) / textsPerBlockFirst))
  for (let block = 0; part; block++) {
    if (index && block === blocksFirst) {
      const found = yield* pausing(readCandidates(database, index))
      if (found) {
        const places = yield* pausing(placesOf(database, found, { term, read: part }))
        return yield* textsAt(database, places, part)
      }
    }
    const { rows, next } = readBlock(database, term, part)
    yield rows
    part = next
  }
}

const lastId = (database: Database): number =>
  database.get<{ id: number | null }>('SELECT max(id) AS id FROM search_texts')?.id ?? 0

function readBlock(
  database: Database,
  term: string,
  read: PageRead,
): { readonly rows: TextRow[]; readonly next: PageRead | undefined } {
  const where = new Conditions().add('true')
  const order = fromCursor(read, listOrder, where)
  const next = (columns: string) => `SELECT ${columns} FROM search_texts WHERE ${where.sql} ${order}`
  const has = isPlain(term) ? `WHERE ${contains}` : ''
  // In the same slice as the rows: texts that come in between would move the place.
  const [last] = database.select<TextPlace>(
    `${next('at, id')} LIMIT 1 OFFSET ${textsAtOnce - 1}`,
    where.params,
  )
  const rows = database.select<TextRow>(`SELECT * FROM (${next('*')} LIMIT ${textsAtOnce}) ${has} ${order}`, [
    ...where.params,
    ...(isPlain(term) ? [term] : []),
  ])
  return { rows, next: last && readAfter(read, last) }
}

const readAfter = (read: PageRead, { at, id }: TextPlace): PageRead => ({
  ...read,
  cursor: {
    time: at,
    id: String(id),
    step: isBackwards(read) ? 'before' : 'after',
    revision: read.revision,
  },
})

function* pausing<T>(work: Sliced<T>): Generator<readonly TextRow[], T> {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    yield []
  }
}

// A text that SQLite cannot store unchanged is stored as a noncharacter followed by JSON.
const isEncoded = 'substr(text, 1, 1) = char(65535) OR substr(folded, 1, 1) = char(65535)'

const contains = `(instr(coalesce(folded, text), ?) > 0 OR ${isEncoded})`

const isPlain = (term: string): boolean => encodeText(term) === term

type TextPlace = Pick<TextRow, 'at' | 'id'>

/** The places of texts that may contain the term, in the order of reading: candidates of the index, and texts that it does not have. */
function* placesOf(
  database: Database,
  { ids, missing }: Candidates,
  { term, read }: { readonly term: string; readonly read: PageRead },
): Sliced<readonly TextPlace[]> {
  const places: TextPlace[] = []
  for (let from = 0; from < ids.length; from += textsAtOnce) {
    const some = JSON.stringify(ids.slice(from, from + textsAtOnce))
    places.push(...database.all<TextPlace>(`SELECT at, id FROM search_texts WHERE id IN (${fromJson})`, some))
    yield
  }
  for (const { after, to } of missing)
    for (let from = after; from < to; from += textsAtOnce) {
      const last = Math.min(from + textsAtOnce, to)
      const sql = `SELECT at, id FROM search_texts WHERE id > ? AND id <= ? AND ${contains}`
      places.push(...database.all<TextPlace>(sql, from, last, term))
      yield
    }
  return yield* inOrder(places, read)
}

const runsAtOnce = 64

/** The places of all texts of these runs, and of the roots of their traces. */
function* placesInRuns(
  database: Database,
  runIds: readonly string[],
  read: PageRead,
): Sliced<readonly TextPlace[]> {
  const places = new Map<number, TextPlace>()
  for (let from = 0; from < runIds.length; from += runsAtOnce) {
    const ids = JSON.stringify(runIds.slice(from, from + runsAtOnce).map(encodeText))
    for (const place of database.all<TextPlace>(inRunsSql, ids, ids, ids)) places.set(place.id, place)
    yield
  }
  return yield* inOrder([...places.values()], read)
}

const ofRuns = 'run_id IN (SELECT value FROM json_each(?))'
const inRunsSql = `SELECT at, id FROM search_texts
    WHERE source = 'event' AND source_id IN (SELECT id FROM run_events WHERE ${ofRuns} AND replay_trace_id = '')
  UNION ALL SELECT at, id FROM search_texts WHERE source = 'span' AND source_id IN (
    SELECT id FROM span_rows WHERE parent_span_id IS NULL AND trace_id IN (
      SELECT trace_id FROM run_events WHERE ${ofRuns} AND trace_id IS NOT NULL
      UNION SELECT trace_id FROM span_rows WHERE ${ofRuns}))`

function* inOrder(places: readonly TextPlace[], read: PageRead): Sliced<readonly TextPlace[]> {
  const sign = isBackwards(read) ? -1 : 1
  const compare = (a: TextPlace, b: TextPlace) => sign * (b.at - a.at || b.id - a.id)
  return yield* sortInSlices(
    places.filter(place => isFrom(read, place, compare)),
    compare,
  )
}

/** Whether the place comes from the cursor on, in the order of reading. */
function isFrom(
  { cursor }: PageRead,
  place: TextPlace,
  compare: (a: TextPlace, b: TextPlace) => number,
): boolean {
  if (cursor === undefined) return true
  const order = compare(place, { at: cursor.time ?? 0, id: Number(cursor.id) })
  return order > 0 || (order === 0 && cursor.step === 'upTo')
}

/** The texts at these places, a few per step. */
function* textsAt(database: Database, places: readonly TextPlace[], read: PageRead): Generator<TextRow[]> {
  const order = isBackwards(read) ? 'ORDER BY at, id' : 'ORDER BY at DESC, id DESC'
  for (let from = 0; from < places.length; from += textsAtOnce) {
    const ids = places.slice(from, from + textsAtOnce).map(({ id }) => id)
    const sql = `SELECT * FROM search_texts WHERE id IN (${fromJson}) ${order}`
    yield database.all<TextRow>(sql, JSON.stringify(ids))
  }
}

const fromJson = 'SELECT value FROM json_each(?)'
