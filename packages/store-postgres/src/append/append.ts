import type { TapeRecord } from '@runtape/core'
import type { AppendReceipt } from '@runtape/core/store'
import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { noteRecords } from '../health/note-records.ts'
import { keepRows, lockRuns, type Received, runsWithoutTrace } from '../runs/keep-rows.ts'
import { type Fate, fateOf, receiptOf } from './fate.ts'
import { addLateCosts, firstEvents, firstSpans } from './first-records.ts'
import { insertEvents, insertPayloads, insertSpans } from './insert-rows.ts'
import { type EventToAdd, type SpanToAdd, type ToAdd, weightOf } from './prepare.ts'
import { keptOf } from './unless-buried.ts'
import { claimBlobs, withBlobs } from './with-blobs.ts'

/** A transaction has at most this many records, and about this many bytes. */
const [mostRecords, mostBytes] = [2000, 8_000_000]

/** Adds the records that the store does not have yet. */
export async function append(database: Database, records: readonly ToAdd[]): Promise<AppendReceipt> {
  await database.opened()
  const fates: Fate[] = []
  // No record can be added while an erasure decides what to remove.
  for (const batch of batchesOf(records))
    fates.push(...(await withBlobs(database, batch, ready => addInTransaction(database, ready))))
  return receiptOf(fates)
}

const addInTransaction = (database: Database, batch: readonly ToAdd[]): Promise<Fate[]> =>
  database.write(queries => addBatch(queries, batch), ['append', 'shared'])

function batchesOf(records: readonly ToAdd[]): ToAdd[][] {
  const batches: ToAdd[][] = []
  let bytes = 0
  for (const record of records) {
    const last = batches.at(-1)
    bytes += weightOf(record)
    if (last && last.length < mostRecords && bytes < mostBytes) last.push(record)
    else {
      batches.push([record])
      bytes = weightOf(record)
    }
  }
  return batches
}

export async function addBatch(queries: Queries, given: readonly ToAdd[]): Promise<Fate[]> {
  const kept = await keptOf(queries, given)
  const batch = kept.filter(record => record !== undefined)
  // Records of something that was removed count as duplicates.
  const buried = given.filter((_, index) => kept[index] === undefined)
  return [
    ...buried.map(({ record, receivedAt = 0 }): Fate => ({ record, is: 'duplicate', receivedAt })),
    ...(await addKept(queries, batch)),
  ]
}

async function addKept(queries: Queries, batch: readonly ToAdd[]): Promise<Fate[]> {
  if (batch.length === 0) return []
  const locked = await lockTouched(queries, batch)
  const { ids, receivedAt } = await arrival(queries, batch.length)
  const added = new Added(batch.map((record, index) => ({ ...record, id: ids[index] ?? 0 })))
  const [events, spans] = [added.events, added.spans]
  const isNewEvent = (await insertEvents(queries, events, receivedAt)) === events.length
  const payloads = spans.flatMap(span => span.payloads)
  await insertPayloads(
    queries,
    sortedBy(payloads, ({ traceId, hash }) => `${traceId} ${hash}`),
  )
  await claimBlobs(queries, payloads)
  const isNewSpan = (await insertSpans(queries, spans, receivedAt)) === spans.length
  const firsts = new Map<string, TapeRecord>([
    ...(isNewEvent ? [] : await firstEvents(queries, events)),
    ...(isNewSpan ? [] : await firstSpans(queries, spans)),
  ])
  const fates = added.fates(firsts, receivedAt)
  const priced = await addLateCosts(queries, fates)
  await keepRows(queries, changedIn(fates, priced, locked))
  await noteRecords(queries, fates, receivedAt)
  return fates
}

const runOf = (record: TapeRecord): string[] =>
  record.replay || record.runId === undefined ? [] : [keyText(record.runId)]

/** Locks the runs to which the batch may add something. Returns their keys. */
async function lockTouched(queries: Queries, batch: readonly ToAdd[]): Promise<ReadonlySet<string>> {
  const keysOf = (kind: ToAdd['kind']) =>
    new Set(batch.flatMap(({ record }) => (record.kind === kind ? runOf(record) : [])))
  const events = keysOf('run-event')
  const spans = [...keysOf('span')].filter(key => !events.has(key))
  const keys = new Set([...events, ...(await runsWithoutTrace(queries, spans))])
  await lockRuns(queries, [...keys])
  return keys
}

/** The locked runs that the batch has changed, and when. */
function changedIn(
  fates: readonly Fate[],
  priced: ReadonlyMap<string, number>,
  locked: ReadonlySet<string>,
): Map<string, Received> {
  const changed = new Map<string, Received>()
  const note = (key: string, at: number) => {
    const { first, last } = changed.get(key) ?? { first: at, last: at }
    if (locked.has(key)) changed.set(key, { first: Math.min(first, at), last: Math.max(last, at) })
  }
  for (const { is, record, receivedAt } of fates)
    if (is === 'accepted' || is === 'misdated') for (const key of runOf(record)) note(key, receivedAt)
  for (const [key, at] of priced) note(key, at)
  return changed
}

/** Ids in the order of arrival, and the time of receipt by the server's clock. */
async function arrival(
  queries: Queries,
  count: number,
): Promise<{ readonly ids: number[]; readonly receivedAt: number }> {
  const [row] = await queries.rows<{ ids: string[]; received_at: number }>(
    sql`SELECT ARRAY(SELECT nextval('@ids') FROM generate_series(1, ${count}::int)) AS ids,
      floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS received_at`,
  )
  return { ids: (row?.ids ?? []).map(Number), receivedAt: row?.received_at ?? 0 }
}

type Placed<T> = T & { readonly id: number }

/** A batch, in which each identity is added once. */
class Added {
  /** In the order of their identities: transactions that wait for each other must take rows in the same order. */
  readonly events: readonly Placed<EventToAdd>[]
  readonly spans: readonly Placed<SpanToAdd>[]
  readonly #batch: readonly Placed<ToAdd>[]
  /** The first record of each identity. */
  readonly #own = new Map<string, Placed<ToAdd>>()

  constructor(batch: readonly Placed<ToAdd>[]) {
    this.#batch = batch
    for (const record of batch) if (!this.#own.has(record.identity)) this.#own.set(record.identity, record)
    const all = sortedBy([...this.#own.values()], record => record.identity)
    this.events = all.filter(record => record.kind === 'run-event')
    this.spans = all.filter(record => record.kind === 'span')
  }

  /** @param firsts the records of other transactions, by identity */
  fates(firsts: ReadonlyMap<string, TapeRecord>, receivedAt: number): Fate[] {
    return this.#batch.map(one => {
      const own = this.#own.get(one.identity)
      const first = firsts.get(one.identity) ?? (own === one ? undefined : own?.record)
      return fateOf(one.record, first, one.receivedAt ?? receivedAt)
    })
  }
}

const sortedBy = <T>(items: readonly T[], keyOf: (item: T) => string): T[] =>
  items.toSorted((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)]
    return left < right ? -1 : left > right ? 1 : 0
  })
