import type { SpanRecord } from '@runtape/core'
import type { Queries } from '../database/database.ts'
import { raw, type Sql, sql } from '../database/sql.ts'
import { type SpanRow, spanOfRow } from './span-rows.ts'

/** A row of `spans` whose large payloads are in `payloads`. */
export interface SharingRow extends SpanRow {
  readonly trace_id: string
  readonly input_hash: string | null
  readonly output_hash: string | null
}

const spanColumns = raw('trace_id, input_hash, output_hash, record, input, output, error')

/** The spans that a condition selects, in no particular order. */
export async function readSpans(queries: Queries, where: Sql): Promise<SpanRecord[]> {
  const rows = await selectSpans(queries, where)
  return spansOfRows(rows, await readPayloads(queries, rows))
}

/** As `readSpans`, without large inputs and outputs. */
export const readSpanFacts = async (queries: Queries, where: Sql): Promise<SpanRecord[]> =>
  spansOfRows(await selectSpans(queries, where), () => undefined)

const selectSpans = (queries: Queries, where: Sql): Promise<SharingRow[]> =>
  queries.rows<SharingRow>(sql`SELECT ${spanColumns} FROM @spans AS span WHERE ${where}`)

export type PayloadsOf = (traceId: string, hash: string | null) => string | undefined

/** The shared payloads of these spans, each read once. */
export async function readPayloads(
  queries: Queries,
  rows: readonly SharingRow[],
  textOf = wholeText,
): Promise<PayloadsOf> {
  const wanted = new Map(
    rows.flatMap(({ trace_id, input_hash, output_hash }) =>
      [input_hash, output_hash].flatMap(hash =>
        hash === null ? [] : [[keyOf(trace_id, hash), [trace_id, hash]] as const],
      ),
    ),
  )
  if (wanted.size === 0) return () => undefined
  const pairs = [...wanted.values()]
  const found = await queries.rows<PayloadRow>(
    sql`SELECT payload.* FROM unnest(${pairs.map(([id]) => id)}::text[], ${pairs.map(([, hash]) => hash)}::text[])
      AS u(trace_id, hash) JOIN @payloads AS payload USING (trace_id, hash)`,
  )
  const texts = new Map(
    await Promise.all(
      found.map(async row => [keyOf(row.trace_id, row.hash), await textOf(queries, row)] as const),
    ),
  )
  return (traceId, hash) => (hash === null ? undefined : texts.get(keyOf(traceId, hash)))
}

interface PayloadRow {
  readonly trace_id: string
  readonly hash: string
  readonly json: string
  readonly blob: string | null
}

async function wholeText(queries: Queries, { hash, json, blob }: PayloadRow): Promise<string> {
  return blob === null ? json : queries.body(blob, hash)
}

const keyOf = (traceId: string, hash: string): string => `${traceId} ${hash}`

export const spansOfRows = (rows: readonly SharingRow[], payloadOf: PayloadsOf): SpanRecord[] =>
  rows.map(row =>
    spanOfRow({
      ...row,
      input: row.input ?? payloadOf(row.trace_id, row.input_hash) ?? null,
      output: row.output ?? payloadOf(row.trace_id, row.output_hash) ?? null,
    }),
  )
