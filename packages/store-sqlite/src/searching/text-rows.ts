import type { SearchHit } from '@runtape/core/store'
import { type CheckedSearch, encodeText } from '@runtape/core/store-helpers'
import { decodeCursor } from '../database/conditions.ts'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { sortInSlices } from '../reading/sort-in-slices.ts'
import { type Candidates, readCandidates, type UsableIndex } from '../trigrams/candidates.ts'

export interface TextRow {
  readonly id: number
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

/** The texts that contain the term, newest first, a few per step. Some steps have none, and some texts do not contain it. */
export function* textsToRead(
  database: Database,
  { term, cursor: text }: CheckedSearch,
  index: UsableIndex | undefined,
): Generator<readonly TextRow[]> {
  const cursor = decodeCursor('search', text)
  let from: Place | undefined = cursor ? [cursor.time ?? 0, Number(cursor.id)] : [Infinity, 0]
  const blocksFirst = Math.min(mostBlocksFirst, Math.floor(lastId(database) / textsPerBlockFirst))
  for (let block = 0; from; block++) {
    if (index && block === blocksFirst) {
      const found = yield* pausing(readCandidates(database, index))
      if (found) return yield* textsAt(database, yield* pausing(placesOf(database, found, { term, from })))
    }
    const read = readBlock(database, term, from)
    yield read.rows
    from = read.next
  }
}

const lastId = (database: Database): number =>
  database.get<{ id: number | null }>('SELECT max(id) AS id FROM search_texts')?.id ?? 0

function readBlock(
  database: Database,
  term: string,
  from: Place,
): { readonly rows: TextRow[]; readonly next: Place | undefined } {
  const has = isPlain(term) ? `WHERE ${contains}` : ''
  // In the same slice as the rows: texts that come in between would move the place.
  const last = database.get<TextPlace>(`${nextSql('at, id')} LIMIT 1 OFFSET ${textsAtOnce - 1}`, ...from)
  const rows = database.all<TextRow>(
    `SELECT * FROM (${nextSql('*')} LIMIT ${textsAtOnce}) ${has} ORDER BY at DESC, id DESC`,
    ...from,
    ...(isPlain(term) ? [term] : []),
  )
  return { rows, next: last && [last.at, last.id] }
}

function* pausing<T>(work: Sliced<T>): Generator<readonly TextRow[], T> {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    yield []
  }
}

type Place = readonly [at: number, id: number]

const nextSql = (columns: string): string =>
  `SELECT ${columns} FROM search_texts WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC`

// A text that SQLite cannot store unchanged is stored as a noncharacter followed by JSON.
const isEncoded = 'substr(text, 1, 1) = char(65535) OR substr(folded, 1, 1) = char(65535)'

const contains = `(instr(coalesce(folded, text), ?) > 0 OR ${isEncoded})`

const isPlain = (term: string): boolean => encodeText(term) === term

type TextPlace = Pick<TextRow, 'at' | 'id'>

/** The places of texts that may contain the term, newest first: candidates of the index, and texts that it does not have. */
function* placesOf(
  database: Database,
  { ids, missing }: Candidates,
  { term, from: before }: { readonly term: string; readonly from: Place },
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
  const isOlder = ({ at, id }: TextPlace) => at < before[0] || (at === before[0] && id < before[1])
  return yield* sortInSlices(places.filter(isOlder), (a, b) => b.at - a.at || b.id - a.id)
}

/** The texts at these places, a few per step. */
function* textsAt(database: Database, places: readonly TextPlace[]): Generator<TextRow[]> {
  for (let from = 0; from < places.length; from += textsAtOnce) {
    const ids = places.slice(from, from + textsAtOnce).map(({ id }) => id)
    const sql = `SELECT * FROM search_texts WHERE id IN (${fromJson}) ORDER BY at DESC, id DESC`
    yield database.all<TextRow>(sql, JSON.stringify(ids))
  }
}

const fromJson = 'SELECT value FROM json_each(?)'
