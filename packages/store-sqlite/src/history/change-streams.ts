import type { Change } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import type { Revision } from './revisions.ts'

interface Row {
  readonly id: number
  readonly at: number | null
  /** `NULL` if the row is no change. */
  readonly kind: Change['kind'] | 'closed' | null
  readonly about: string | null
  readonly about_is: 'name' | 'mark' | null
}

/** A table whose rows are changes, in the order of their ids. */
export interface Stream {
  readonly position: keyof Revision
  /** The kinds that it can have. Default: any. */
  readonly kind?: Change['kind']
  readonly sql: string
}

const between = (id: string): string => `WHERE ${id} > ? AND ${id} <= ? ORDER BY ${id} LIMIT 128`

export const streams: readonly Stream[] = [
  {
    position: 'eventId',
    kind: 'run',
    sql: `SELECT id, received_at AS at, iif(replay_trace_id = '', 'run', NULL) AS kind, run_id AS about, NULL AS about_is
      FROM run_events ${between('id')}`,
  },
  {
    position: 'priceId',
    kind: 'run',
    sql: `SELECT price.id, price.received_at AS at, iif(event.replay_trace_id = '', 'run', NULL) AS kind,
        event.run_id AS about, NULL AS about_is
      FROM event_prices AS price LEFT JOIN run_events AS event ON event.id = price.event_id ${between('price.id')}`,
  },
  {
    position: 'spanId',
    kind: 'trace',
    sql: `SELECT id, received_at AS at, iif(trace_id = '', NULL, 'trace') AS kind, trace_id AS about, NULL AS about_is
      FROM span_rows ${between('id')}`,
  },
  {
    position: 'changeId',
    sql: `SELECT id, received_at AS at, kind, about, about_is FROM changes ${between('id')}`,
  },
]

/** The changes in one table between two revisions. */
export class ChangeStream {
  readonly #database: Database
  readonly #stream: Stream
  readonly #kinds: ReadonlySet<Change['kind']> | undefined
  readonly #end: number
  #passed: number
  #rows: Row[] = []
  #next = 0

  constructor(
    database: Database,
    stream: Stream,
    {
      since,
      to,
      kinds,
    }: {
      readonly since: Revision
      readonly to: Revision
      readonly kinds: readonly Change['kind'][] | undefined
    },
  ) {
    this.#database = database
    this.#stream = stream
    this.#kinds = kinds && new Set(kinds)
    this.#end = Math.max(since[stream.position], to[stream.position])
    const isWanted = stream.kind === undefined || this.#kinds?.has(stream.kind) !== false
    this.#passed = isWanted ? since[stream.position] : this.#end
  }

  /** The stream with the change that was received first. Of equal times, the first stream. */
  static first(streams: readonly ChangeStream[]): ChangeStream | undefined {
    const filled = streams.filter(stream => stream.#row !== undefined)
    return filled.reduce<ChangeStream | undefined>(
      (first, stream) => (first === undefined || stream.#at < first.#at ? stream : first),
      undefined,
    )
  }

  /** Whether it has to be filled before it can be compared. */
  isEmpty(): boolean {
    return this.#row === undefined && this.#passed < this.#end
  }

  fill(): void {
    if (!this.isEmpty()) return
    this.#rows = this.#database.all<Row>(this.#stream.sql, this.#passed, this.#end)
    this.#next = 0
    // The rest was removed.
    if (this.#rows.length === 0) this.#passed = this.#end
  }

  /** The next change; `undefined` if its row is none, or of another kind. */
  get head(): Change | undefined {
    const { kind, about, about_is } = this.#row ?? {}
    if (!kind || kind === 'closed' || this.#kinds?.has(kind) === false) return undefined
    return { kind, id: about ?? '', ...(about_is === 'mark' && { isRemoved: true }) }
  }

  pass(): void {
    this.#passed = this.#row?.id ?? this.#passed
    this.#next++
  }

  /** @param isEarlier whether the page ends before the end of the streams */
  position(isEarlier: boolean): Partial<Revision> {
    return { [this.#stream.position]: isEarlier ? this.#passed : this.#end }
  }

  get #row(): Row | undefined {
    return this.#rows[this.#next]
  }

  get #at(): number {
    return this.#row?.at ?? 0
  }
}
