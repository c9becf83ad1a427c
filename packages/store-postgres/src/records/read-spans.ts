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
  const rows = await queries.rows<SharingRow>(sql`SELECT ${spanColumns} FROM @spans AS span WHERE ${where}`)
  return spansOfRows(rows, await readPayloads(queries, rows))
}

export type PayloadsOf = (traceId: string, hash: string | null) => string | undefined

/** The shared payloads of these spans, each read once. */
export async function readPayloads(queries: Queries, rows: readonly SharingRow[]): Promise<PayloadsOf> {
  const wanted = new Map(
    rows.flatMap(({ trace_id, input_hash, output_hash }) =>
      [input_hash, output_hash].flatMap(hash =>
        hash === null ? [] : [[keyOf(trace_id, hash), [trace_id, hash]] as const],
      ),
    ),
  )
  if (wanted.size === 0) return () => undefined
  const pairs = [...wanted.values()]
  const found = await queries.rows<{ trace_id: string; hash: string; json: string }>(
    sql`SELECT payload.* FROM unnest(${pairs.map(([id]) => id)}::text[], ${pairs.map(([, hash]) => hash)}::text[])
      AS u(trace_id, hash) JOIN @payloads AS payload USING (trace_id, hash)`,
  )
  const texts = new Map(found.map(({ trace_id, hash, json }) => [keyOf(trace_id, hash), json]))
  return (traceId, hash) => (hash === null ? undefined : texts.get(keyOf(traceId, hash)))
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
