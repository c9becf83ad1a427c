import type { Page, SpanHit } from '@runtape/core/store'
import { decodeSpanCursor, encodeSpanCursor, findInSpan } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { type PayloadColumns, payloadColumns, storedPayload } from './stored-payload.ts'
import type { TraceOrders } from './trace-order.ts'

export interface TraceSearchRead {
  readonly traceId: string
  /** As `folded` returns it. */
  readonly term: string
  readonly limit: number
  readonly cursor?: string
}

/** A page of `traces.search`. */
export function* searchTrace(
  database: Database,
  orders: TraceOrders,
  { traceId, term, limit, cursor }: TraceSearchRead,
): Sliced<Page<SpanHit>> {
  const { offset, mark } = decodeSpanCursor('search', traceId, cursor)
  const order = yield* orders.of(traceId, mark)
  const items: SpanHit[] = []
  for (let at = offset; at < order.ids.length; at++) {
    if (items.length === limit)
      return {
        items,
        nextCursor: encodeSpanCursor({ list: 'search', traceId, offset: at, mark: order.mark }),
      }
    const hit = yield* hitOf(database, order.ids[at] ?? 0, term)
    if (hit) items.push(hit)
    yield
  }
  return { items }
}

type Row = PayloadColumns & {
  readonly span_id: string
  readonly key: string
  readonly name: string
  readonly error_name: string | null
  readonly error_message: string | null
}

const rowSql = `SELECT span_id, key, name, error_name, error_message, ${payloadColumns} FROM span_rows WHERE id = ?`

function* hitOf(database: Database, id: number, term: string): Sliced<SpanHit | undefined> {
  const row = database.get<Row>(rowSql, id)
  if (row === undefined) return undefined
  const { span_id: spanId, key, name, error_name, error_message } = row
  const input = (yield* storedPayload(database, row, 'input')) ?? 'null'
  const output = yield* storedPayload(database, row, 'output')
  const value = yield* storedPayload(database, row, 'error')
  const error =
    error_name === null || value === undefined
      ? undefined
      : { message: `${error_name}: ${error_message}`, value }
  return yield* findInSpan({ spanId, key, name, input, output, error }, term)
}
