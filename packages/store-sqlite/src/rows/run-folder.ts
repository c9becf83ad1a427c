import type { Database } from '../database/database.ts'
import type { SqlValue } from '../database/handle.ts'
import { noteTime, type RunRevision } from '../history/revisions.ts'
import { placeOf } from '../records/event-rows.ts'
import { type BilledRun, selectBilledSql, storedEventOfParams, storedEvents } from './billed-events.ts'
import type { RecentEvents } from './recent-events.ts'
import {
  indexedColumns,
  type MadeRow,
  type RunPart,
  type RunRow,
  rowOfEvents,
  runColumns,
  type StoredEvent,
  sumColumns,
  valuesOf,
} from './run-row.ts'
import { segmentRows } from './segment-size.ts'
import type { Texts } from './texts.ts'
import { usualColumns, usualRow, type Written } from './usual-row.ts'

type KnownRow = Pick<
  RunRow,
  'events' | 'first_id' | 'last_id' | 'price_id' | (typeof indexedColumns)[number]
> & {
  readonly id: number
}

interface State {
  readonly event_id: number
  readonly price_id: number
  readonly last_event_id: number
  readonly last_price_id: number
  readonly texts_epoch: number
  readonly events_epoch: number
}

const selectStateSql = `SELECT event_id, price_id, texts_epoch, events_epoch,
  (SELECT coalesce(max(id), 0) FROM run_events) AS last_event_id,
  (SELECT coalesce(max(id), 0) FROM event_prices) AS last_price_id FROM run_state`

// No event after the last one of the step: rows are always as of one revision.
const selectEventsSql = `${selectBilledSql} AND price.id <= ?
  WHERE event.replay_trace_id = '' AND event.id <= ? AND event.run_id IN (
    SELECT run_id FROM run_events WHERE id > ? AND id <= ? AND replay_trace_id = ''
    UNION SELECT run_id FROM run_events WHERE id IN (SELECT event_id FROM event_prices WHERE id > ? AND id <= ?))
  GROUP BY event.run_id`

const selectPricedSql = 'SELECT 1 FROM event_prices WHERE event_id > ? AND event_id <= ? LIMIT 1'
const selectKnownSql = `SELECT id, events, first_id, last_id, price_id, ${indexedColumns.join(', ')} FROM runs WHERE run_id = ?`
const placesOf = (columns: readonly string[]): string => columns.map(() => '?').join(', ')
const insertSql = (columns: readonly string[]): string =>
  `INSERT INTO runs (${columns.join(', ')}) VALUES (${placesOf(columns)}) ON CONFLICT (run_id) DO NOTHING`
const insertRowSql = insertSql(runColumns)
const insertUsualSql = insertSql(usualColumns)
const emptyRow = Object.fromEntries(runColumns.map(column => [column, null])) as unknown as RunRow
const runIdPlace = placeOf('run_id')
const isIndexed: ReadonlySet<string> = new Set(['run_id', ...indexedColumns])
const otherColumns = runColumns.filter(column => !isIndexed.has(column))
const assignments = (columns: readonly string[]): string => columns.map(column => `${column} = ?`).join(', ')
const updateRowSql = `UPDATE runs SET ${assignments([...otherColumns, ...indexedColumns])} WHERE id = ?`
const updateOthersSql = `UPDATE runs SET ${assignments(otherColumns)} WHERE id = ?`
const insertPartSql = `INSERT INTO run_parts (run, model, ${sumColumns.join(', ')})
  VALUES (?, ?, ${placesOf(sumColumns)})`

/** Builds the rows of runs from their events, in transactions that each advance by one step. */
export class RunFolder {
  readonly #database: Database
  readonly #texts: Texts
  readonly #recent: RecentEvents | undefined

  /** @param recent what this process has written, if it writes */
  constructor(database: Database, texts: Texts, recent: RecentEvents | undefined) {
    this.#database = database
    this.#texts = texts
    this.#recent = recent
  }

  /** Whether some events or prices are not in the rows yet. */
  isBehind(): boolean {
    const state = this.#state()
    return state.event_id < state.last_event_id || state.price_id < state.last_price_id
  }

  /** Adds the next events and prices to the rows. Call inside a transaction. Returns whether there are more. */
  step(most: number): boolean {
    const state = this.#state()
    const eventId = Math.min(state.event_id + most, state.last_event_id)
    const priceId = Math.min(state.price_id + most, state.last_price_id)
    const recent = this.#isPriced(state, { eventId, priceId })
      ? undefined
      : this.#recent?.between(state.event_id, eventId)
    if (recent) for (const runId of recent.runs) this.#foldRecent(runId, state, eventId)
    else this.#foldStored(state, { eventId, priceId })
    const from = { eventId: state.event_id, priceId: state.price_id }
    noteTime(this.#database, from, { eventId, priceId }, recent?.receivedAt)
    this.#database.run('UPDATE run_state SET event_id = ?, price_id = ?', eventId, priceId)
    return eventId < state.last_event_id || priceId < state.last_price_id
  }

  /** Rebuilds the row of a run after events were removed. Call inside a transaction, after the old row was deleted. */
  remake(runId: string): void {
    const state = this.#state()
    this.#foldRun(runId, state, state)
  }

  /** Whether a price arrived later for one of the next events, or is itself next. */
  #isPriced(state: State, { eventId, priceId }: RunRevision): boolean {
    if (priceId > state.price_id) return true
    return priceId > 0 && this.#database.get(selectPricedSql, state.event_id, eventId) !== undefined
  }

  #foldStored(state: State, { eventId, priceId }: RunRevision): void {
    const runs = this.#database.all<BilledRun>(
      selectEventsSql,
      priceId,
      eventId,
      state.event_id,
      eventId,
      state.price_id,
      priceId,
    )
    for (const run of runs) this.#keep(storedEvents(run), state)
  }

  /** Updates a run whose last events this process has written, usually without reading any events. */
  #foldRecent(runId: string, state: State, eventId: number): void {
    const written = this.#recent?.writtenOf(runId, eventId) ?? []
    const isNew = (written[0]?.id ?? 0) > state.event_id
    if (!(isNew ? this.#insertRecent(written) : this.#updateRecent(written)))
      this.#foldRun(runId, { ...state, event_id: eventId }, state)
  }

  #insertRecent(written: readonly Written[]): boolean {
    const row = usualRow(written, this.#texts)
    if (row) return this.#database.statement(insertUsualSql).insert(valuesOf(row, usualColumns)) !== undefined
    const made = rowOfEvents(written.map(storedEventOfParams), this.#texts)
    return made !== undefined && this.#insert(made)
  }

  /** Updates the row of a run if it was built from the first of these events. */
  #updateRecent(written: readonly Written[]): boolean {
    const [first] = written
    if (first === undefined) return false
    const known = this.#database.get<KnownRow>(selectKnownSql, first.params[runIdPlace] as string)
    const isOfThese =
      known?.price_id === 0 && known.first_id === first.id && known.last_id === written[known.events - 1]?.id
    if (!isOfThese) return false
    const row = usualRow(written, this.#texts)
    const made = row
      ? { row: { ...emptyRow, ...row }, parts: [] }
      : rowOfEvents(written.map(storedEventOfParams), this.#texts)
    if (made) this.#update(known, made)
    return made !== undefined
  }

  /** Updates a run from all its events up to those of `state`. */
  #foldRun(runId: string, { event_id, price_id }: State, before: State): void {
    const [run] = this.#database.all<BilledRun>(
      `${selectBilledSql} AND price.id <= ?
       WHERE event.replay_trace_id = '' AND event.id <= ? AND event.run_id = ? GROUP BY event.run_id`,
      price_id,
      event_id,
      runId,
    )
    if (run) this.#keep(storedEvents(run), before)
  }

  #state(): State {
    const state = this.#database.get<State>(selectStateSql) as State
    this.#texts.asOfEpoch(state.texts_epoch)
    this.#recent?.asOfEpoch(state.events_epoch)
    return state
  }

  #keep(events: readonly StoredEvent[], { event_id }: State): void {
    const made = rowOfEvents(events, this.#texts)
    if (!made) return
    const { row } = made
    // A run whose first event is new has no row, unless its earlier events were deleted.
    if (row.first_id > event_id && this.#insert(made)) return
    const known = this.#database.get<KnownRow>(selectKnownSql, row.run_id)
    if (known === undefined) this.#insert(made)
    else if (known.last_id < row.last_id || known.price_id < row.price_id) this.#update(known, made)
  }

  /** Returns false if the run already has a row. */
  #insert({ row, parts }: MadeRow): boolean {
    const id = this.#database.statement(insertRowSql).insert(valuesOf(row, runColumns))
    if (id === undefined) return false
    if (parts.length > 0) this.#putParts(id > 0 ? id : this.#idOf(row.run_id), parts)
    return true
  }

  /** For a handle that does not report the id of an inserted row. */
  #idOf(runId: string): number {
    return this.#database.get<{ id: number }>('SELECT id FROM runs WHERE run_id = ?', runId)?.id ?? 0
  }

  #update(known: KnownRow, { row, parts }: MadeRow): void {
    const isMoved = indexedColumns.some(column => known[column] !== row[column])
    const others = valuesOf(row, otherColumns)
    if (isMoved) this.#database.run(updateRowSql, ...others, ...valuesOf(row, indexedColumns), known.id)
    else this.#database.run(updateOthersSql, ...others, known.id)
    this.#database.run('DELETE FROM run_parts WHERE run = ?', known.id)
    this.#putParts(known.id, parts)
    this.#database.run(
      `INSERT OR IGNORE INTO run_changes (id)
       SELECT ? WHERE EXISTS (SELECT 1 FROM run_segments WHERE id = ?)`,
      known.id,
      Math.floor(known.id / segmentRows),
    )
  }

  #putParts(id: number, parts: readonly RunPart[]): void {
    for (const part of parts) {
      const values: SqlValue[] = sumColumns.map(column => part[column])
      this.#database.run(insertPartSql, id, part.model, ...values)
    }
  }
}
