import type { PayloadName } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'

/** The columns of a payload of a span. */
export type PayloadColumns = {
  readonly [Column in `${PayloadName}_${'json' | 'hash'}`]: string | null
} & { readonly trace_id: string }

export const payloadColumns =
  'trace_id, input_json, input_hash, output_json, output_hash, error_json, error_hash'

const partsAtOnce = 8

const partsSql = `SELECT hash, json FROM payloads WHERE trace_id = ? AND hash > ? AND hash < ? ORDER BY hash LIMIT ${partsAtOnce}`

/** The JSON of a payload, read a few parts per step; `undefined` if the span has no such payload. */
export function* storedPayload(
  database: Database,
  row: PayloadColumns,
  of: PayloadName,
): Sliced<string | undefined> {
  const [json, name, traceId] = [row[`${of}_json`], row[`${of}_hash`], row.trace_id]
  if (json !== null || name === null) return json ?? undefined
  if (!name.endsWith('.'))
    return database.get<{ json: string }>(
      'SELECT json FROM payloads WHERE trace_id = ? AND hash = ?',
      traceId,
      name,
    )?.json
  const parts: string[] = []
  for (let after = name; ; yield) {
    const rows = database.all<{ hash: string; json: string }>(partsSql, traceId, after, `${name}:`)
    for (const { json } of rows) parts.push(json)
    after = rows.at(-1)?.hash ?? after
    if (rows.length < partsAtOnce) return parts.join('')
  }
}
