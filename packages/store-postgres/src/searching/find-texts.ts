import { isBackwards } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { allOf, raw, type Sql, sql } from '../database/sql.ts'
import type { ListRead } from '../history/cursors.ts'
import { orderOf } from '../history/pages.ts'
import { patternOf } from '../trigrams/letters.ts'
import { indexedLetters } from '../trigrams/trigram-index.ts'

/** Where a text is in the order of hits. */
export interface TextPlace {
  readonly at: number
  readonly id: number
}

/** Which texts are read, and how. */
export interface TextsRead {
  /** As `folded` returns it. */
  readonly term: string
  readonly read: ListRead
  /** The condition that a row of `text` had been received. */
  readonly isReceived: Sql
  /** Whether the index can find candidates for the term. */
  readonly usesIndex: boolean
  /** The only runs that can have a hit: values of `run_id`. */
  readonly runKeys: readonly string[] | undefined
}

/** Texts that are read before the index is asked: of a common term, they have enough hits. */
const firstBlock = 2048

const nextBlock = 8192

const candidatesAtOnce = 4096

/** The places of texts that may contain the term, in the order of reading, some at a time. All texts with the term are among them. */
export async function* textsToRead(queries: Queries, texts: TextsRead): AsyncGenerator<readonly TextPlace[]> {
  if (texts.runKeys) return yield* candidates(queries, texts, inRuns(texts.runKeys))
  let read: ListRead | undefined = texts.read
  for (let block = 0; read; block++) {
    if (block === 1 && texts.usesIndex) return yield* candidates(queries, { ...texts, read }, anywhere)
    const { found, next } = await readBlock(queries, { ...texts, read }, block === 0 ? firstBlock : nextBlock)
    yield found
    read = next
  }
}

const hasLetters = (term: string): Sql => sql`${indexedLetters('text')} LIKE ${patternOf(term)}`

async function readBlock(
  queries: Queries,
  { read, term, isReceived }: TextsRead,
  count: number,
): Promise<{ readonly found: readonly TextPlace[]; readonly next: ListRead | undefined }> {
  const { isBeyond, order } = textOrder(read)
  const rows = await queries.rows<TextPlace & { has: boolean }>(
    sql`SELECT at, id, ${hasLetters(term)} AS has FROM @search_texts AS text
      WHERE ${allOf([isReceived, isBeyond])} ORDER BY ${order} LIMIT ${count}::bigint`,
  )
  const last = rows.at(-1)
  return {
    found: rows.filter(({ has }) => has),
    next: last && rows.length === count ? after(read, last) : undefined,
  }
}

/** Where candidates are looked for. */
const anywhere = sql`@search_texts AS text`

const inRuns = (keys: readonly string[]): Sql =>
  sql`(
      SELECT id FROM @run_events WHERE run_id = ANY(${keys}::text[]) AND replay_trace_id = ''
      UNION SELECT id FROM @spans WHERE parent_span_id IS NULL AND trace_id IN (
        SELECT trace_id FROM @run_events WHERE run_id = ANY(${keys}::text[]) AND replay_trace_id = '' AND trace_id IS NOT NULL
        UNION SELECT trace_id FROM @spans WHERE run_id = ANY(${keys}::text[]))
    ) AS source CROSS JOIN generate_series(0, 3) AS place JOIN @search_texts AS text ON text.id = source.id * 4 + place`

/** In a step of its own, so that the server looks for the term first, and does not read texts in the order of time. */
async function* candidates(
  queries: Queries,
  { read, term, isReceived }: TextsRead,
  source: Sql,
): AsyncGenerator<readonly TextPlace[]> {
  for (let from: ListRead | undefined = read; from; ) {
    const { isBeyond, order } = textOrder(from)
    const rows: TextPlace[] = await queries.rows<TextPlace>(
      sql`WITH found AS MATERIALIZED (
          SELECT text.at, text.id FROM ${source} WHERE ${allOf([hasLetters(term), isReceived])}
        ) SELECT at, id FROM found WHERE ${isBeyond ?? raw('true')} ORDER BY ${order} LIMIT ${candidatesAtOnce}::bigint`,
    )
    yield rows
    const last: TextPlace | undefined = rows.at(-1)
    from = last && rows.length === candidatesAtOnce ? after(from, last) : undefined
  }
}

/** Newest first. */
const textOrder = (read: ListRead) =>
  orderOf(
    read,
    [
      { column: 'at', at: ({ time }) => sql`${time}::float8` },
      { column: 'id', at: ({ id }) => sql`${id}::bigint` },
    ],
    true,
  )

const after = (read: ListRead, { at, id }: TextPlace): ListRead => ({
  ...read,
  cursor: { time: at, id: String(id), step: isBackwards(read) ? 'before' : 'after' },
})
