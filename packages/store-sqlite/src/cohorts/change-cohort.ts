import { randomUUID } from 'node:crypto'
import { realDelay, realNow } from '@runtape/core/internal'
import {
  type CheckedChange,
  cohortConflict,
  cohortTaken,
  noCohort,
  tombstoneOf,
  tracesNotOnTape,
} from '@runtape/core/store-helpers'
import { inOwnTransaction } from '../append/append-in-slices.ts'
import { Pace, type Step, Steps, sliceMs } from '../append/slices.ts'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import { nextChange } from '../history/next-change.ts'
import {
  type CohortRow,
  type EntryRow,
  expectedColumns,
  expectedOf,
  selectCohort,
  selectVersion,
} from './cohort-rows.ts'

/** How long a change holds its cohort after each slice, in milliseconds. Then another change may undo it. */
const holdMs = 10_000
/** Time between two attempts, in milliseconds, while another change holds the cohort. */
const waitMs = 10

/** Writes a change as one version and resolves to it. Waits while another change is being written. */
export async function writeChange(
  database: Database,
  busyTimeoutMs: number,
  change: { readonly name: string; readonly isNew: boolean; readonly checked: CheckedChange },
): Promise<number> {
  await requireTraces(database, change.checked)
  for (;;) {
    const version = await new CohortWriting(database, change).write(busyTimeoutMs)
    if (version !== undefined) return version
    await realDelay(waitMs)
  }
}

const tracesAtOnce = 100

/** @throws {RuntapeError} `invalid-option` that names the traces without a root on the tape */
async function requireTraces(database: Database, { put }: CheckedChange): Promise<void> {
  const missing: string[] = []
  for (let at = 0; at < put.length; at += tracesAtOnce) {
    if (at > 0) await otherWork()
    for (const { traceId } of put.slice(at, at + tracesAtOnce))
      if (!isOnTape(database, traceId)) missing.push(traceId)
  }
  if (missing.length > 0) throw tracesNotOnTape(missing)
}

const isOnTape = (database: Database, traceId: string): boolean =>
  database.get('SELECT 1 FROM span_rows WHERE trace_id = ? AND parent_span_id IS NULL LIMIT 1', traceId) !==
  undefined

/** One attempt to write a change: in one transaction, or in several, which readers see only after the last one. */
class CohortWriting {
  readonly #database: Database
  readonly #name: string
  readonly #isNew: boolean
  readonly #checked: CheckedChange
  readonly #token = randomUUID()
  readonly #counts = { added: 0, changed: 0, removed: 0, touchedLeft: 0 }
  #row: CohortRow | undefined
  #position = 0
  #written = 0
  #isBusy = false
  #isLost = false

  constructor(
    database: Database,
    {
      name,
      isNew,
      checked,
    }: { readonly name: string; readonly isNew: boolean; readonly checked: CheckedChange },
  ) {
    this.#database = database
    this.#name = name
    this.#isNew = isNew
    this.#checked = checked
  }

  /** Resolves to the version; to `undefined` if another change holds the cohort, or took it over. */
  async write(busyTimeoutMs: number): Promise<number | undefined> {
    const pace = new Pace()
    const steps = new Steps(this.#steps(), pace)
    try {
      for (let isFirst = true; !steps.isDone && !this.#isBusy && !this.#isLost; isFirst = false) {
        if (!isFirst) await otherWork()
        const slice = () => {
          if (isFirst || this.#hold()) steps.runSlice(sliceMs)
        }
        pace.held(await inOwnTransaction(this.#database, busyTimeoutMs, slice))
      }
    } catch (error) {
      this.#undo()
      throw error
    }
    return this.#isBusy || this.#isLost ? undefined : this.#written
  }

  *#steps(): Generator<Step, void> {
    yield { weight: 500, run: () => this.#begin() }
    if (this.#isBusy) return
    for (const traceId of this.#checked.remove) yield { weight: 200, run: () => this.#remove(traceId) }
    for (const put of this.#checked.put) {
      const weight = 300 + (put.expected?.json.length ?? 0) + (put.note?.length ?? 0)
      yield { weight, run: () => this.#put(put) }
    }
    yield { weight: 500, run: () => this.#end() }
  }

  get #version(): number {
    return (this.#row?.version ?? 0) + 1
  }

  get #id(): number {
    return this.#row?.id ?? 0
  }

  #begin(): void {
    const found = selectCohort(this.#database, this.#name)
    const isHeld = found !== undefined && found.writing !== null && (found.writing_until ?? 0) > realNow()
    const isComplete =
      found !== undefined && selectVersion(this.#database, found.id, found.version) !== undefined
    if (this.#isNew && (isComplete || isHeld)) throw cohortTaken(this.#name)
    if (!this.#isNew && !isComplete) throw noCohort(this.#name)
    this.#isBusy = isHeld
    if (isHeld) return
    const row = found ?? this.#insert()
    if (row.writing !== null) undoWriting(this.#database, row)
    const { ifVersion } = this.#checked
    if (ifVersion !== undefined && ifVersion !== row.version)
      throw cohortConflict(this.#name, ifVersion, row.version)
    this.#row = row
    this.#position =
      this.#database.get<{ next: number }>(
        'SELECT coalesce(max(position), -1) + 1 AS next FROM cohort_entries WHERE cohort = ?',
        row.id,
      )?.next ?? 0
    const until = realNow() + holdMs
    this.#database.run(
      'UPDATE cohorts SET writing = ?, writing_until = ? WHERE id = ?',
      this.#token,
      until,
      row.id,
    )
  }

  #insert(): CohortRow {
    this.#database.run(
      `INSERT INTO cohorts (name, version)
       VALUES (?, coalesce((SELECT version FROM removed_cohorts WHERE name_hash = ?), 0))`,
      this.#name,
      tombstoneOf('cohort', this.#name),
    )
    return selectCohort(this.#database, this.#name) as CohortRow
  }

  /** Whether this change still holds the cohort: after a long pause of this process, another change may have undone it. */
  #hold(): boolean {
    const sql = 'UPDATE cohorts SET writing_until = ? WHERE id = ? AND writing = ?'
    this.#isLost = this.#database.run(sql, realNow() + holdMs, this.#id, this.#token) === 0
    return !this.#isLost
  }

  #remove(traceId: string): void {
    const row = this.#current(traceId)
    if (row === undefined) return
    this.#counts.removed++
    this.#endEntry(row)
  }

  #put({ traceId, expected, note }: CheckedChange['put'][number]): void {
    if (!isOnTape(this.#database, traceId)) throw tracesNotOnTape([traceId])
    const row = this.#current(traceId)
    const [json, marks] = expectedColumns(
      (expected === undefined ? row && expectedOf(row) : expected) ?? undefined,
    )
    const text = (note === undefined ? row?.note : note) ?? null
    if (row) {
      if (json === row.expected_json && marks === row.expected_marks_json && text === row.note) return
      this.#counts.changed++
      this.#endEntry(row)
    } else {
      this.#counts.added++
      this.#counts.touchedLeft++
    }
    this.#database.run(
      `INSERT INTO cohort_entries (cohort, trace_id, position, since, note, expected_json, expected_marks_json)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      this.#id,
      traceId,
      row?.position ?? this.#position++,
      this.#version,
      text,
      json,
      marks,
    )
  }

  #current(traceId: string): EntryRow | undefined {
    const sql = 'SELECT * FROM cohort_entries WHERE trace_id = ? AND cohort = ? AND until IS NULL'
    return this.#database.get(sql, traceId, this.#id)
  }

  #endEntry({ id, gone }: EntryRow): void {
    if (gone === 0) this.#counts.touchedLeft++
    this.#database.run('UPDATE cohort_entries SET until = ? WHERE id = ?', this.#version, id)
  }

  #end(): void {
    const { added, changed, removed } = this.#counts
    this.#written = this.#version - 1
    if (this.#isNew || added + changed + removed > 0) {
      this.#insertVersion()
      this.#database.run('UPDATE cohorts SET version = ? WHERE id = ?', this.#version, this.#id)
      this.#written = this.#version
    }
    endWriting(this.#database, this.#id)
  }

  #insertVersion(): void {
    const { added, changed, removed, touchedLeft } = this.#counts
    const size = selectVersion(this.#database, this.#id, this.#version - 1)?.size ?? 0
    // Traces of earlier slices may have been removed since: the database counts those.
    const gone = selectCohort(this.#database, this.#name)?.writing_gone ?? 0
    const { by = null, comment = null } = this.#checked
    this.#database.run(
      `INSERT INTO cohort_versions (cohort, version, at, by, comment, size, added, changed, removed, touched_left, change_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.#id,
      this.#version,
      realNow(),
      by,
      gone > 0 && gone === touchedLeft ? null : comment,
      size + added - removed,
      added,
      changed,
      removed,
      touchedLeft - gone,
      nextChange(this.#database, { kind: 'cohort', id: this.#name }),
    )
  }

  #undo(): void {
    try {
      this.#database.transaction(() => {
        const row = selectCohort(this.#database, this.#name)
        if (row?.writing === this.#token) undoWriting(this.#database, row)
      })
    } catch {
      // The first error is the one to report. The next change undoes this one.
    }
  }
}

/** Removes what an interrupted change has written. */
function undoWriting(database: Database, { id, version }: CohortRow): void {
  database.run('DELETE FROM cohort_entries WHERE cohort = ? AND since = ?', id, version + 1)
  database.run('UPDATE cohort_entries SET until = NULL WHERE cohort = ? AND until = ?', id, version + 1)
  endWriting(database, id)
}

const endWriting = (database: Database, id: number): unknown =>
  database.run('UPDATE cohorts SET writing = NULL, writing_until = NULL, writing_gone = 0 WHERE id = ?', id)
