import type { Page, SpanHit } from '@runtape/core/store'
import { findInSpan } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Revision } from '../history/revisions.ts'
import { type PageRead, pageOfFound } from '../listing/cursors.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { placeAt, placesFrom, readOfSpans, type SpanListRead } from './span-list.ts'
import { type PayloadColumns, payloadColumns, storedPayload } from './stored-payload.ts'
import type { TraceOrders } from './trace-order.ts'

export interface TraceSearchRead extends SpanListRead {
  /** As `folded` returns it. */
  readonly term: string
}

/** A page of `traces.search`. */
export function* searchTrace(
  database: Database,
  orders: TraceOrders,
  query: TraceSearchRead,
  asOf: Revision | undefined,
): Sliced<Page<SpanHit>> {
  return yield* pageOfHits(database, orders, query, readOfSpans(database, 'search in', query, asOf))
}

function* pageOfHits(
  database: Database,
  orders: TraceOrders,
  query: TraceSearchRead,
  read: PageRead,
): Sliced<Page<SpanHit>> {
  const order = yield* orders.of(query.traceId, read.revision.spanId)
  const found: { readonly hit: SpanHit; readonly place: number }[] = []
  for (const place of placesFrom(read, order.ids.length)) {
    const hit = yield* hitOf(database, order.ids[place] ?? 0, query.term)
    if (hit) found.push({ hit, place })
    if (found.length > read.limit) break
    yield
  }
  const page = pageOfFound(read, found, ({ place }) => placeAt(place))
  if (page) return { ...page, items: page.items.map(({ hit }) => hit) }
  return yield* pageOfHits(database, orders, query, { ...read, cursor: undefined })
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
