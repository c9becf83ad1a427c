import type { RunEvent } from '@runtape/core'
import { placeOf } from '../event-rows.ts'
import type { SqlValue } from '../handle.ts'
import { storedEventOfParams } from './billed-events.ts'
import type { StoredEvent } from './run-row.ts'

const tracePlace = placeOf('trace_id')

/** More are not kept: what is missing is read from the database. */
const mostKept = 4096

interface Written {
  readonly id: number
  readonly params: readonly SqlValue[]
}

/**
 * The events that this process wrote last, as they stand in the database: what is made from them need not be read back.
 * They are kept as the parameters of their INSERT, which nobody else has.
 */
export class RecentEvents {
  /** Events in the order of their ids; those of replays are of no run. */
  #ids: number[] = []
  #runIds: (string | undefined)[] = []
  /** The oldest run first. */
  readonly #byRun = new Map<string, Written[]>()
  #kept = 0
  #epoch: number | undefined

  /** Call once the event is in the database, or in the transaction that is open. */
  add(id: number, { runId, replay }: RunEvent, params: readonly SqlValue[]): void {
    if (id <= (this.#ids.at(-1) ?? 0) || this.#ids.length >= mostKept) this.forget()
    this.#ids.push(id)
    this.#runIds.push(replay ? undefined : runId)
    if (replay) return
    const known = this.#byRun.get(runId)
    if (known) known.push({ id, params })
    else this.#byRun.set(runId, [{ id, params }])
    if (++this.#kept > mostKept) this.#forgetOldest()
  }

  /** Call where a transaction failed: what was written in it is not there. */
  forget(): void {
    this.#ids = []
    this.#runIds = []
    this.#byRun.clear()
    this.#kept = 0
  }

  /** Events were changed or removed since an earlier epoch: what is kept may be void. */
  asOfEpoch(epoch: number): void {
    if (epoch !== this.#epoch) this.forget()
    this.#epoch = epoch
  }

  /** The runs of the events after `from`, up to `to`; `undefined` unless all of these are known. */
  runsBetween(from: number, to: number): ReadonlySet<string> | undefined {
    const first = this.#ids.findIndex(id => id > from)
    const count = to - from
    if (first === -1 || this.#ids[first] !== from + 1 || this.#ids[first + count - 1] !== to) return undefined
    const runIds = this.#runIds.slice(first, first + count)
    this.#ids.splice(0, first + count)
    this.#runIds.splice(0, first + count)
    return new Set(runIds.filter(runId => runId !== undefined))
  }

  /** Whether an event of the run is among them that has this trace. */
  isTraceOf(runId: string, traceId: string): boolean {
    const params = this.#byRun.get(runId)?.[0]?.params
    return params !== undefined && params[tracePlace] === traceId
  }

  /** The events of a run up to an id, as far as they are known. */
  eventsOf(runId: string, to: number): StoredEvent[] {
    const written = this.#byRun.get(runId) ?? []
    return written.filter(({ id }) => id <= to).map(({ id, params }) => storedEventOfParams(id, params))
  }

  #forgetOldest(): void {
    const [oldest] = this.#byRun
    if (oldest === undefined) return
    this.#byRun.delete(oldest[0])
    this.#kept -= oldest[1].length
  }
}
