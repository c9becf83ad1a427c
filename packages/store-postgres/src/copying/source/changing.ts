import type {
  CopiedItem,
  CopiedKind,
  CopiedRecord,
  CopiedReview,
  CopiedVerdict,
  CopyBatch,
} from '@runtape/core/internal'
import type { ItemRecord, LateItem } from '@runtape/core/store'
import type { Database } from '../../database/database.ts'
import { raw, type Sql, sql } from '../../database/sql.ts'
import { type EventRow, eventOfRow } from '../../records/event-rows.ts'
import { type ReviewRow, reviewOf } from '../../reviews/review-rows.ts'

/** How far rows were read that may change later. */
interface Place {
  /** The snapshot of the last copy that is complete: rows and marks that it shows are known. */
  readonly done?: string
  /** The snapshot of the present copy, and the last id that it has read. */
  readonly next?: string
  readonly after: number
}

interface Table<Row> {
  /** Selects rows as `one` with their `id`, without conditions. */
  readonly select: Sql
  readonly id: string
  /** The columns that say which transactions wrote a row. */
  readonly xids: readonly string[]
  readonly limit: number
  readonly row?: Row
}

/** What was added or changed since the last copy, in the order of the ids. */
async function* changingBatches<Kind extends CopiedKind, Row extends { readonly id: number }, Entry>(
  database: Database,
  kind: Kind,
  table: Table<Row>,
  given: { readonly after: string | undefined; readonly entryOf: (row: Row) => Entry },
): AsyncGenerator<{ kind: Kind; entries: Entry[]; position: string }> {
  let place: Place = given.after === undefined ? { after: 0 } : (JSON.parse(given.after) as Place)
  place = { ...place, next: place.next ?? (await snapshotOf(database)) }
  for (;;) {
    const rows = await database.rows<Row>(
      sql`${table.select} WHERE one.${raw(table.id)} > ${place.after} AND ${isNew(table.xids, place.done)}
        ORDER BY one.${raw(table.id)} LIMIT ${table.limit}::int`,
    )
    const last = rows.at(-1)
    place = last
      ? { ...place, after: last.id }
      : { after: 0, ...(place.next !== undefined && { done: place.next }) }
    yield { kind, entries: rows.map(given.entryOf), position: JSON.stringify(place) }
    if (last === undefined) return
  }
}

async function snapshotOf(database: Database): Promise<string> {
  const [row] = await database.rows<{ snapshot: string }>(sql`SELECT @current_snapshot()::text AS snapshot`)
  return row?.snapshot ?? ''
}

const isNew = (xids: readonly string[], done: string | undefined): Sql =>
  done === undefined
    ? raw('true')
    : xids
        .map(xid => sql`NOT pg_visible_in_snapshot(one.${raw(xid)}, ${done}::pg_snapshot)`)
        .reduce((all, next) => sql`(${all} OR ${next})`)

type Batches<Kind extends CopiedKind> = AsyncGenerator<CopyBatch<Kind>>

interface PricedRow extends EventRow {
  readonly id: number
  readonly received_at: number
}

export const priceBatches = (database: Database, after: string | undefined): Batches<'prices'> =>
  changingBatches<'prices', PricedRow, CopiedRecord>(
    database,
    'prices',
    {
      select: sql`SELECT one.event_id AS id, one.received_at, one.cost AS later_cost, event.run_id, event.metric, event.record
        FROM @event_prices AS one JOIN @run_events AS event ON event.id = one.event_id`,
      id: 'event_id',
      xids: ['xid'],
      limit: 2000,
    },
    { after, entryOf: row => ({ record: eventOfRow(row), receivedAt: row.received_at }) },
  )

interface ItemRow {
  readonly id: number
  readonly test_run: string
  readonly received_at: number
  readonly item: string
  readonly late: string | null
  readonly late_received_at: number | null
}

/** The id of a test run in full: the column shortens a very long one. */
const testRun = sql`(SELECT start FROM @test_runs AS run WHERE run.test_run_id = one.test_run_id) AS test_run`

const idIn = (start: string): string => (JSON.parse(start) as { testRunId: string }).testRunId

export const itemBatches = (database: Database, after: string | undefined): Batches<'items'> =>
  changingBatches<'items', ItemRow, CopiedItem>(
    database,
    'items',
    {
      select: sql`SELECT one.id, one.received_at, one.item, one.late, one.late_received_at, ${testRun} FROM @items AS one`,
      id: 'id',
      xids: ['xid', 'late_xid'],
      limit: 50,
    },
    {
      after,
      entryOf: row => ({
        testRunId: idIn(row.test_run),
        item: JSON.parse(row.item) as ItemRecord,
        receivedAt: row.received_at,
        ...(row.late !== null && {
          late: JSON.parse(row.late) as LateItem,
          lateReceivedAt: row.late_received_at ?? row.received_at,
        }),
      }),
    },
  )

interface VerdictRow {
  readonly id: number
  readonly test_run: string
  readonly received_at: number
  readonly verdict: string
  readonly withdrawn_at: number | null
  readonly withdrawn_by: string | null
}

export const verdictBatches = (database: Database, after: string | undefined): Batches<'verdicts'> =>
  changingBatches<'verdicts', VerdictRow, CopiedVerdict>(
    database,
    'verdicts',
    {
      select: sql`SELECT one.id, one.received_at, one.verdict, one.withdrawn_received_at AS withdrawn_at, one.withdrawn_by,
        ${testRun} FROM @verdicts AS one`,
      id: 'id',
      xids: ['xid', 'withdrawn_xid'],
      limit: 500,
    },
    {
      after,
      entryOf: ({ test_run, received_at, verdict, withdrawn_at, withdrawn_by }) => ({
        testRunId: idIn(test_run),
        verdict: JSON.parse(verdict) as CopiedVerdict['verdict'],
        receivedAt: received_at,
        ...(withdrawn_at !== null && {
          withdrawn: { at: withdrawn_at, ...(withdrawn_by !== null && { by: withdrawn_by }) },
        }),
      }),
    },
  )

export const reviewBatches = (database: Database, after: string | undefined): Batches<'reviews'> =>
  changingBatches<'reviews', ReviewRow & { readonly subject: string }, CopiedReview>(
    database,
    'reviews',
    {
      select: sql`SELECT one.id, one.received_at, one.review, one.withdrawn_received_at AS withdrawn_at, one.subject
        FROM @reviews AS one`,
      id: 'id',
      xids: ['xid', 'withdrawn_xid'],
      limit: 500,
    },
    {
      after,
      entryOf: row => ({
        subject: row.subject.startsWith('run ') ? 'run' : 'trace',
        review: reviewOf(row),
      }),
    },
  )
