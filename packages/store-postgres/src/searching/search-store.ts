import { RuntapeError } from '@runtape/core'
import type { Page, SearchHit, SearchHits } from '@runtape/core/store'
import { type CheckedSearch, needsRun, runFilterOf } from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { decodeCursor, type ListRead, listPage } from '../history/cursors.ts'
import { keysOfFew } from '../runs/runs-at.ts'
import { hasTrigram } from '../trigrams/letters.ts'
import { hasTrigramIndex } from '../trigrams/trigram-index.ts'
import { type TextsRead, textsToRead } from './find-texts.ts'
import { type Hit, hitsAt } from './hits.ts'
import { askedOf, firstView, type SearchView, viewOfMark } from './search-view.ts'

const list = 'search'

/** If a filter has more runs, its texts are found by the term first. */
const mostRuns = 1000

/** A page of `search`, from the texts that are there. All pages show what the first one did. */
export async function readSearch(database: Database, query: CheckedSearch): Promise<SearchHits> {
  const cursor = decodeCursor(list, query.cursor)
  const asked = cursor ? undefined : await askedOf(database, query.asOf)
  return database.read(async queries => {
    const view = cursor ? viewOfMark(cursor.mark) : asked && (await firstView(queries, asked))
    if (view === undefined) throw notOn(database.name)
    const read = { list, limit: query.limit, cursor, mark: view.mark }
    const texts = await textsOf(queries, query, view)
    const pageOf = (part: ListRead) => readPage(queries, { ...texts, read: part }, query, view)
    const page = (await pageOf(read)) ?? (await pageOf({ ...read, cursor: undefined })) ?? { items: [] }
    return { ...page, completeTo: view.completeTo }
  })
}

async function textsOf(
  queries: Queries,
  query: CheckedSearch,
  { moment, isReceived }: SearchView,
): Promise<Omit<TextsRead, 'read'>> {
  const usesIndex = hasTrigram(query.term) && (await hasTrigramIndex(queries))
  const runKeys = needsRun(query) ? await keysOfFew(queries, runFilterOf(query), moment, mostRuns) : undefined
  return { term: query.term, isReceived, usesIndex, runKeys }
}

/** Texts whose runs are read at a time: at most a megabyte. */
const textsAtOnce = 64

async function readPage(
  queries: Queries,
  texts: TextsRead,
  query: CheckedSearch,
  { moment }: SearchView,
): Promise<Page<SearchHit> | undefined> {
  const { read } = texts
  const found: Hit[] = []
  for await (const places of textsToRead(queries, texts)) {
    for (let from = 0; from < places.length && found.length <= read.limit; from += textsAtOnce)
      found.push(...(await hitsAt(queries, places.slice(from, from + textsAtOnce), query, moment)))
    if (found.length > read.limit) break
  }
  const page = listPage(read, found.slice(0, read.limit + 1), ({ at, id }) => ({ time: at, id: String(id) }))
  return page && { ...page, items: page.items.map(({ hit }) => hit) }
}

const notOn = (name: string): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `${name} has no texts to search: no store was ever opened with search. Open it with postgresStore({ …, search: true }).`,
  )
