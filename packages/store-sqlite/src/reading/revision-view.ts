import type { Database } from '../database/database.ts'
import { currentRevision, type Revision, type RunRevision } from '../history/revisions.ts'
import { type ChangedRun, type EarlierRun, type ReadTexts, runsAt } from '../rows/earlier-runs.ts'
import { segmentRows } from '../rows/segment-size.ts'
import type { Sliced } from './in-slices.ts'

interface KnownRun extends ChangedRun {
  readonly first_id: number
}

/** Number of events processed at a time. */
const eventsAtOnce = 512

const changedSql = `SELECT id, run_id, first_id FROM runs WHERE run_id IN (
    SELECT run_id FROM run_events WHERE id > ? AND id <= ? AND replay_trace_id = ''
    UNION SELECT run_id FROM run_events WHERE id IN (SELECT event_id FROM event_prices WHERE id > ? AND id <= ?))`

/**
 * The rows of runs as of a revision, while they continue to change. A reader skips the rows that have changed by the
 * time it reads them, and at the end adds those runs as they were.
 */
export class RevisionView {
  readonly revision: Omit<Revision, 'changeId'>
  readonly #database: Database
  /** Changes up to this revision are known. */
  #seen: RunRevision
  /** Ids of changed rows, by segment. */
  readonly #changed = new Map<number, Set<number>>()
  readonly #known = new Map<number, KnownRun>()
  /** Rows that were skipped and that existed at the revision. */
  readonly #leftOut = new Set<number>()

  readonly #epoch: number

  constructor(database: Database, revision: RunRevision & Partial<Revision>) {
    this.#database = database
    this.revision = { spanId: Number.MAX_SAFE_INTEGER, ...revision }
    this.#seen = revision
    this.#epoch = epochOf(database)
  }

  /** Whether rows were renumbered or texts removed since. What was read is then invalid. */
  isVoid(): boolean {
    return this.#epoch !== epochOf(this.#database)
  }

  /** Call before reading: collects the changes so far. */
  *begin(): Sliced<void> {
    while (!this.#isCurrent(currentRevision(this.#database))) {
      this.#follow(eventsAtOnce)
      yield
    }
  }

  /**
   * Call in the slice that reads the rows from `from` up to, but not including, `to`. They must be in one segment.
   * Returns the changed rows, which the reader must skip.
   */
  changedIn(from: number, to: number): ReadonlySet<number> {
    this.#follow(Number.MAX_SAFE_INTEGER)
    const changed = this.#changed.get(Math.floor(from / segmentRows))
    if (changed === undefined) return none
    const left = new Set([...changed].filter(id => id >= from && id < to))
    for (const id of left) this.#leaveOut(id)
    return left
  }

  /** Call in a slice that reads rows from several segments. Treats all rows that have changed by now as skipped. */
  leaveOutAll(): void {
    this.#follow(Number.MAX_SAFE_INTEGER)
    for (const id of this.#known.keys()) this.#leaveOut(id)
  }

  /** Call in the slice that reads the rows of these runs. Treats those that have changed by now as skipped. */
  leaveOut(runIds: ReadonlySet<string>): void {
    this.#follow(Number.MAX_SAFE_INTEGER)
    for (const [id, { run_id }] of this.#known) if (runIds.has(run_id)) this.#leaveOut(id)
  }

  /** Call last: returns the skipped runs as they were. */
  *earlier(texts: ReadTexts): Generator<EarlierRun | undefined, void> {
    for (const id of this.#leftOut) {
      yield* runsAt(this.#database, texts, [this.#known.get(id) as KnownRun], this.revision)
      yield
    }
  }

  #leaveOut(id: number): void {
    const run = this.#known.get(id)
    if (run && run.first_id <= this.revision.eventId) this.#leftOut.add(id)
  }

  #isCurrent({ eventId, priceId }: RunRevision): boolean {
    return this.#seen.eventId >= eventId && this.#seen.priceId >= priceId
  }

  #follow(most: number): void {
    const current = currentRevision(this.#database)
    if (this.#isCurrent(current)) return
    const { eventId, priceId } = this.#seen
    const to = {
      eventId: Math.min(current.eventId, eventId + most),
      priceId: Math.min(current.priceId, priceId + most),
    }
    const runs = this.#database.all<KnownRun>(changedSql, eventId, to.eventId, priceId, to.priceId)
    for (const run of runs) this.#add(run)
    this.#seen = to
  }

  #add(run: KnownRun): void {
    const segment = Math.floor(run.id / segmentRows)
    const inSegment = this.#changed.get(segment)
    if (inSegment) inSegment.add(run.id)
    else this.#changed.set(segment, new Set([run.id]))
    this.#known.set(run.id, run)
  }
}

const epochOf = (database: Database): number =>
  database.get<{ texts_epoch: number }>('SELECT texts_epoch FROM run_state')?.texts_epoch ?? 0

const none: ReadonlySet<number> = new Set()
