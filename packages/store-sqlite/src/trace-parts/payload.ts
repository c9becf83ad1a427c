import type { Payload } from '@runtape/core'
import type { PayloadPart, PayloadQuery } from '@runtape/core/store'
import { payloadPart } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { type PayloadColumns, payloadColumns, storedPayload } from './stored-payload.ts'

export interface PayloadRead extends Omit<PayloadQuery, 'asOf'> {
  readonly traceId: string
  readonly spanId: string
}

type Row = PayloadColumns & { readonly marks: string | null }

/**
 * A part of a payload, for `traces.payload`.
 *
 * @param lastSpan the last row that is known
 */
export function* readPayload(
  database: Database,
  { traceId, spanId, ...query }: PayloadRead,
  lastSpan: number,
): Sliced<PayloadPart | undefined> {
  const row = database.get<Row>(
    `SELECT ${payloadColumns}, ${query.of}_marks_json AS marks FROM span_rows
     WHERE trace_id = ? AND span_id = ? AND id <= ?`,
    traceId,
    spanId,
    lastSpan,
  )
  const json = row && (yield* storedPayload(database, row, query.of))
  if (row === undefined || json === undefined) return undefined
  const marks = row.marks === null ? {} : (JSON.parse(row.marks) as Omit<Payload, 'json'>)
  return yield* payloadPart({ json, ...marks }, query)
}
