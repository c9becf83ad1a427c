import type { RunEvent } from '@runtape/core'
import type { SqlValue } from '../database/handle.ts'
import { placeOf } from '../records/event-rows.ts'
import type { Written } from './usual-row.ts'

const tracePlace = placeOf('trace_id')
const receivedPlace = placeOf('received_at')

/** Maximum number of events kept. Other events are read from the database. */
const mostKept = 4096

interface Pending {
  readonly id: number
  /** `undefined` for a replay, which belongs to no run. */
  readonly runId: string | undefined
  readonly receivedAt: number
}

interface RecentSpan {
  readonly runs: ReadonlySet<string>
  /** When the last of them was received. */
  readonly receivedAt: number
}

/**
 * The events that this process wrote most recently, as stored. Rows of runs can be built from them without reading them
 * back. Keeps only the parameters of their INSERT.
 */
export class RecentEvents {
  /** In the order of their ids. */
  #pending: Pending[] = []
  /** The oldest run first. */
  readonly #byRun = new Map<string, Written[]>()
  #kept = 0
  #epoch: number | undefined

  /** Call once the event is in the database, or in the open transaction. */
  add(id: number, { runId, replay }: RunEvent, params: readonly SqlValue[]): void {
    if (id <= (this.#pending.at(-1)?.id ?? 0) || this.#pending.length >= mostKept) this.forget()
    const receivedAt = params[receivedPlace] as number
    this.#pending.push({ id, runId: replay ? undefined : runId, receivedAt })
    if (replay) return
    const known = this.#byRun.get(runId)
    if (known) known.push({ id, params })
    else this.#byRun.set(runId, [{ id, params }])
    if (++this.#kept > mostKept) this.#forgetOldest()
  }

  /** Call after a failed transaction, whose events were not stored. */
  forget(): void {
    this.#pending = []
    this.#byRun.clear()
    this.#kept = 0
  }

  /** Forgets all events if events were changed or removed since the previous epoch. */
  asOfEpoch(epoch: number): void {
    if (epoch !== this.#epoch) this.forget()
    this.#epoch = epoch
  }

  /** The events after `from` up to `to`; `undefined` unless all of them are kept. */
  between(from: number, to: number): RecentSpan | undefined {
    const first = this.#pending.findIndex(({ id }) => id > from)
    const end = first + to - from
    if (first === -1 || this.#pending[first]?.id !== from + 1 || this.#pending[end - 1]?.id !== to)
      return undefined
    const taken = this.#pending.splice(0, end).slice(first)
    const runs = new Set<string>()
    let receivedAt = 0
    for (const event of taken) {
      if (event.runId !== undefined) runs.add(event.runId)
      receivedAt = Math.max(receivedAt, event.receivedAt)
    }
    return { runs, receivedAt }
  }

  /** Whether a kept event of the run has this trace. */
  isTraceOf(runId: string, traceId: string): boolean {
    const params = this.#byRun.get(runId)?.[0]?.params
    return params !== undefined && params[tracePlace] === traceId
  }

  /** The kept events of a run up to an id. */
  writtenOf(runId: string, to: number): readonly Written[] {
    const written = this.#byRun.get(runId) ?? []
    return (written.at(-1)?.id ?? 0) <= to ? written : written.filter(({ id }) => id <= to)
  }

  #forgetOldest(): void {
    const [oldest] = this.#byRun
    if (oldest === undefined) return
    this.#byRun.delete(oldest[0])
    this.#kept -= oldest[1].length
  }
}
