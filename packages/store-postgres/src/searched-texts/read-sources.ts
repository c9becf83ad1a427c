import type { SpanRecord } from '@runtape/core'
import {
  endOfPart,
  isPossibleTime,
  type SearchedText,
  searchedJson,
  textsOfEvent,
  textsOfRoot,
} from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { type EventRow, eventOfRow } from '../records/event-rows.ts'
import { payloadStart } from '../records/payload-start.ts'
import { lettersOf } from '../trigrams/letters.ts'
import type { NewRow } from './missing-rows.ts'
import type { ReadBodies, WantedBody } from './read-bodies.ts'
import { textId } from './text-ids.ts'

/** A text as `search_texts` has it. */
export interface TextToAdd {
  readonly id: number
  readonly xid: string
  readonly receivedAt: number
  readonly at: number
  readonly traceId: string | null
  /** The column `run_id` of the event. */
  readonly runId: string | null
  readonly text: string
  readonly letters: string | null
}

/** The row of a text. */
interface Source {
  readonly id: number
  readonly xid: string
  readonly received_at: number
}

type EventSource = EventRow & Source

export const readEvents = (queries: Queries, rows: readonly NewRow[]): Promise<EventSource[]> =>
  queries.rows<EventSource>(
    sql`SELECT id, xid::text AS xid, received_at, run_id, metric, record
      FROM @run_events WHERE id = ANY(${idsOf(rows, 'event')}::bigint[])`,
  )

export function textsOfEventRow(row: EventSource): TextToAdd[] {
  const event = eventOfRow(row)
  return textsToAdd(row, textsOfEvent(event), {
    at: isPossibleTime(event.at, row.received_at) ? event.at : row.received_at,
    traceId: event.traceId ?? null,
    runId: row.run_id,
  })
}

export interface RootSource extends Source {
  readonly trace_id: string
  readonly started_at: number
  readonly record: string
  readonly input: string | null
  readonly input_hash: string | null
  readonly input_blob: string | null
  readonly output: string | null
  readonly output_hash: string | null
  readonly output_blob: string | null
}

export const readRoots = (queries: Queries, rows: readonly NewRow[]): Promise<RootSource[]> =>
  queries.rows<RootSource>(
    sql`SELECT id, xid::text AS xid, received_at, trace_id, started_at, record, input_hash, output_hash,
        asked.json AS input, asked.blob AS input_blob, answer.json AS output, answer.blob AS output_blob
      FROM @spans AS root
      LEFT JOIN LATERAL ${payloadStart('root', 'input', searchedJson + 1)} AS asked ON true
      LEFT JOIN LATERAL ${payloadStart('root', 'output', searchedJson + 1)} AS answer ON true
      WHERE id = ANY(${idsOf(rows, 'span')}::bigint[])`,
  )

/** What the texts of a root need from the blob store. */
export const bodiesOf = (row: RootSource): WantedBody[] => [
  ...(row.input_blob === null ? [] : [{ key: row.input_blob, hash: row.input_hash ?? '' }]),
  ...(row.output_blob === null ? [] : [{ key: row.output_blob, hash: row.output_hash ?? '' }]),
]

/** @param bodies has all of `bodiesOf` */
export function textsOfRootRow(row: RootSource, bodies: ReadBodies): TextToAdd[] {
  const { error } = JSON.parse(row.record) as Pick<SpanRecord, 'error'>
  const texts = textsOfRoot({
    input: searched(row.input, row.input_blob, bodies) ?? 'null',
    output: searched(row.output, row.output_blob, bodies),
    error: error && `${error.name}: ${error.message}`,
  })
  return textsToAdd(row, texts, { at: row.started_at, traceId: row.trace_id, runId: null })
}

function searched(json: string | null, blob: string | null, bodies: ReadBodies): string | undefined {
  if (blob === null) return json ?? undefined
  // Of a lost body, the start that the database has. The quote closes a string that was cut.
  return (
    bodies.get(blob) ??
    (json === null ? undefined : `${json.slice(0, endOfPart(json, json.length, Infinity))}"`)
  )
}

const textsToAdd = (
  { id, xid, received_at }: Source,
  texts: readonly SearchedText[],
  of: Pick<TextToAdd, 'at' | 'traceId' | 'runId'>,
): TextToAdd[] =>
  texts.map(({ in: place, text }) => ({
    ...of,
    id: textId(id, place),
    xid,
    receivedAt: received_at,
    text,
    letters: lettersOf(text),
  }))

const idsOf = (rows: readonly NewRow[], kind: NewRow['kind']): number[] =>
  rows.flatMap(row => (row.kind === kind && row.is_source ? [row.id] : []))
