import type { RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import { isOfRunItself, tombstoneOf, withoutPerson } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'

/** A marker for something that was removed. */
export interface Tombstone {
  /** Records up to this time belong to it, in milliseconds since the Unix epoch. `null` means all records. */
  readonly until: number | null
  readonly keepsTotals: boolean
}

const forGood = { until: null, keepsTotals: false } as const

export const runName = (runId: string): string => tombstoneOf('run', runId)
export const traceName = (traceId: string): string => tombstoneOf('trace', traceId)
export const sessionName = (sessionId: string): string => tombstoneOf('session', sessionId)
export const contextName = (kind: string, key: string): string => tombstoneOf('context', kind, key)
export const eventName = (runId: string, metric: string, replayTraceId: string): string =>
  tombstoneOf('event', runId, metric, replayTraceId)

/** Hashes of what was removed. They contain no content. */
export class Tombstones {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  isEmpty(): boolean {
    return this.#database.get('SELECT 1 FROM tombstones LIMIT 1') === undefined
  }

  bury(name: string, { until, keepsTotals }: Tombstone = forGood): void {
    this.#database.run(
      `INSERT INTO tombstones (name, until, keeps_totals) VALUES (?, ?, ?) ON CONFLICT (name)
       DO UPDATE SET until = excluded.until WHERE until IS NOT NULL AND coalesce(excluded.until > until, 1)`,
      name,
      until,
      Number(keepsTotals),
    )
  }

  /**
   * The record in the form that may be stored; `undefined` if it belongs to something that was removed. Call inside a
   * transaction.
   */
  unlessBuried(record: TapeRecord): TapeRecord | undefined {
    if (record.kind === 'span') return this.#isBuriedSpan(record) ? undefined : record
    const tombstone = this.#ofEvent(record)
    if (tombstone === undefined) return record
    return tombstone.keepsTotals && !record.replay ? withoutPerson(record) : undefined
  }

  /** Whether something of this name, from this time, was removed. */
  covers(name: string, at: number): boolean {
    return isOf(this.#find(name), at)
  }

  #find(name: string): Tombstone | undefined {
    const row = this.#database.get<{ until: number | null; keeps_totals: number }>(
      'SELECT until, keeps_totals FROM tombstones WHERE name = ?',
      name,
    )
    return row && { until: row.until, keepsTotals: row.keeps_totals === 1 }
  }

  #isBuriedSpan({ traceId, replay, runId, sessionId, startedAt }: SpanRecord): boolean {
    const names = [
      traceName(traceId),
      ...(replay ? [traceName(replay.sourceTraceId)] : []),
      ...(runId === undefined ? [] : [runName(runId)]),
      ...(sessionId === undefined ? [] : [sessionName(sessionId)]),
    ]
    const isBuried = names.some(name => isOf(this.#find(name), startedAt))
    // Its other spans may lack the session or the run that was removed.
    if (isBuried) this.bury(traceName(traceId))
    return isBuried
  }

  /** The first tombstone found for the run, the event, the replay or the context, in this order. */
  #ofEvent({ runId, metric, replay, context, at }: RunEvent): Tombstone | undefined {
    const own =
      this.#find(runName(runId)) ??
      this.#find(eventName(runId, metric, replay?.traceId ?? '')) ??
      (replay && this.#find(traceName(replay.traceId)))
    if (own || !context) return own
    const ofContext = this.#find(contextName(context.kind, context.key))
    if (ofContext === undefined || !isOf(ofContext, at)) return undefined
    if (!isOfRunItself(metric)) return forGood
    // The other events of the run may lack the context.
    this.bury(runName(runId), { ...ofContext, until: null })
    return ofContext
  }
}

const isOf = (tombstone: Tombstone | undefined, at: number): boolean =>
  tombstone !== undefined && (tombstone.until === null || tombstone.until >= at)
