import { compareSiblings, orderingSpans, type SpanPlace } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { sortInSlices } from '../reading/sort-in-slices.ts'

/** The spans of a trace in order, as of a row of `span_rows`. */
export interface TraceOrder {
  readonly traceId: string
  readonly mark: number
  /** Row ids. */
  readonly ids: readonly number[]
  readonly hasRoot: boolean
}

const rowsAtOnce = 256

/** Number of recent orders that are cached, so that not every page of a large trace orders it again. */
const mostKept = 4

/** Reads the order of the spans of a trace. */
export class TraceOrders {
  readonly #database: Database
  #kept: TraceOrder[] = []

  constructor(database: Database) {
    this.#database = database
  }

  /** @param mark the last row that is included */
  *of(traceId: string, mark: number): Sliced<TraceOrder> {
    const known = this.#kept.find(order => order.traceId === traceId && order.mark === mark)
    if (known && this.#isThere(known)) return known
    const order = yield* readOrder(this.#database, traceId, mark)
    this.#kept = [order, ...this.#kept.filter(each => each !== known)].slice(0, mostKept)
    return order
  }

  /** Whether the trace still exists. Traces are removed as a whole. */
  #isThere({ ids: [first = 0], traceId }: TraceOrder): boolean {
    const sql = 'SELECT 1 FROM span_rows WHERE id = ? AND trace_id = ?'
    return this.#database.get(sql, first, traceId) !== undefined
  }
}

interface PlaceRow {
  readonly id: number
  readonly span_id: string
  readonly parent_span_id: string | null
  readonly seq: number
  readonly started_at: number
}

interface Place extends SpanPlace {
  readonly id: number
}

// Along the index of the trace.
const placesSql = `SELECT id, span_id, parent_span_id, seq, started_at FROM span_rows
  WHERE trace_id = ? AND span_id > ? AND id <= ? ORDER BY span_id LIMIT ${rowsAtOnce}`

function* readOrder(database: Database, traceId: string, mark: number): Sliced<TraceOrder> {
  const places: Place[] = []
  for (let rows: PlaceRow[] = []; ; yield) {
    rows = database.all<PlaceRow>(placesSql, traceId, rows.at(-1)?.span_id ?? '', mark)
    for (const row of rows) places.push(placeOf(row))
    if (rows.length < rowsAtOnce) break
  }
  const hasRoot = places.some(place => place.parentSpanId === undefined)
  const ordered = yield* orderingSpans(yield* sortInSlices(places, compareSiblings))
  return { traceId, mark, hasRoot, ids: ordered.map(({ id }) => id) }
}

const placeOf = ({ id, span_id, parent_span_id, seq, started_at }: PlaceRow): Place => ({
  id,
  spanId: span_id,
  parentSpanId: parent_span_id ?? undefined,
  seq,
  startedAt: started_at,
})
