import type { TapeRecord } from '@runtape/core'
import type { AppendReceipt } from '@runtape/core/store'
import type { Database, Queries } from '../database/database.ts'
import { raw, type Sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { noteRecords } from '../health/note-records.ts'
import { receivedNow } from '../history/received-now.ts'
import type { SharedPayload } from '../records/span-rows.ts'
import { keepRows, lockRuns, type Received } from '../runs/keep-rows.ts'
import { type NewRun, newRuns } from '../runs/new-runs.ts'
import { type Fate, fateOf, receiptOf } from './fate.ts'
import { addLateCosts, firstEvents, firstSpans } from './first-records.ts'
import { insertNew } from './insert-rows.ts'
import { type EventToAdd, type SpanToAdd, type ToAdd, weightOf } from './prepare.ts'
import { keptOf } from './unless-buried.ts'
import { claimBlobs, withBlobs } from './with-blobs.ts'

/** A transaction has at most this many records, and about this many bytes. */
const [mostRecords, mostBytes] = [2000, 8_000_000]

/** Adds the records that the store does not have yet. */
export async function append(database: Database, records: readonly ToAdd[]): Promise<AppendReceipt> {
  await database.opened()
  const fates: Fate[] = []
  // A removal waits for those that hold the lock, because they may not have seen its tombstones.
  for (const batch of batchesOf(records))
    fates.push(...(await withBlobs(database, batch, ready => addInTransaction(database, ready))))
  return receiptOf(fates)
}

const addInTransaction = (database: Database, batch: readonly ToAdd[]): Promise<Fate[]> =>
  database.write(
    (queries, arrival: Arrival) => addBatch(queries, batch, arrival),
    ['append', 'shared'],
    arrivalOf(batch.length),
  )

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

/** Adds a batch. `arrival` is the row of `arrivalOf`, read after the lock `append`. */
export async function addBatch(queries: Queries, given: readonly ToAdd[], arrival: Arrival): Promise<Fate[]> {
  const kept = arrival.has_tombstones ? await keptOf(queries, given) : given
  const batch = kept.filter(record => record !== undefined)
  // Records of something that was removed count as duplicates.
  const buried = given.filter((_, index) => kept[index] === undefined)
  return [
    ...buried.map(({ record, receivedAt = 0 }): Fate => ({ record, is: 'duplicate', receivedAt })),
    ...(await addKept(queries, batch, arrival)),
  ]
}

async function addKept(
  queries: Queries,
  batch: readonly ToAdd[],
  { ids, received_at: receivedAt }: Arrival,
): Promise<Fate[]> {
  if (batch.length === 0) return []
  const added = new Added(batch.map((record, index) => ({ ...record, id: Number(ids[index]) })))
  const { events, spans } = added
  const rows = { runs: runsIn(added, receivedAt), events, spans, payloads: payloadsOf(spans) }
  const inserted = await insertNew(queries, rows, receivedAt)
  await claimBlobs(queries, rows.payloads)
  const firsts = new Map<string, TapeRecord>([
    ...(inserted.events === events.length ? [] : await firstEvents(queries, events)),
    ...(inserted.spans === spans.length ? [] : await firstSpans(queries, spans)),
  ])
  const fates = added.fates(firsts, receivedAt)
  const priced = await addLateCosts(queries, fates)
  await keepRows(queries, changedIn(fates, priced, await oldRuns(queries, inserted.known, events, priced)))
  await noteRecords(queries, fates, receivedAt)
  return fates
}

const payloadsOf = (spans: readonly SpanToAdd[]): SharedPayload[] =>
  sortedBy(
    spans.flatMap(span => span.payloads),
    ({ traceId, hash }) => `${traceId} ${hash}`,
  )

const runOf = (record: TapeRecord): string[] =>
  record.replay || record.runId === undefined ? [] : [keyText(record.runId)]

/** The rows of the live runs of a batch, for the case that they are new. */
function runsIn({ events, spans }: Added, now: number): NewRun[] {
  const live = <T extends TapeRecord>(all: readonly { record: T; id: number; receivedAt?: number }[]) =>
    all
      .filter(({ record }) => runOf(record).length > 0)
      .map(({ record, id, receivedAt = now }) => ({ record, id, receivedAt }))
  return newRuns(live(events), live(spans))
}

/** Locks the runs whose rows may have to change: those that were there, and those that a later cost has priced. */
async function oldRuns(
  queries: Queries,
  known: readonly string[],
  events: readonly EventToAdd[],
  priced: ReadonlyMap<string, number>,
): Promise<ReadonlySet<string>> {
  const ofEvents = new Set([...events.flatMap(({ record }) => runOf(record)), ...priced.keys()])
  return lockRuns(queries, [...new Set([...known, ...priced.keys()])], ofEvents)
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

/** Ids in the order of arrival, the time of receipt by the server's clock, and whether anything was ever removed. */
export interface Arrival {
  readonly ids: readonly string[]
  readonly received_at: number
  readonly has_tombstones: boolean
}

/** Reads the `Arrival` of this many records. */
export const arrivalOf = (count: number): Sql =>
  raw(`SELECT ARRAY(SELECT nextval('@ids') FROM generate_series(1, ${count})) AS ids,
    ${receivedNow.text} AS received_at, EXISTS (SELECT 1 FROM @tombstones) AS has_tombstones`)

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
