import type { Cohort, CohortEntry, CohortPut } from '@runtape/core/store'
import {
  type CheckedChange,
  cohortConflict,
  cohortTaken,
  noCohort,
  sameJson,
  tombstoneOf,
  tracesNotOnTape,
} from '@runtape/core/store-helpers'
import { lockName, noteChange } from '../changes/note-change.ts'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { now } from '../history/moment.ts'
import { receivedNow } from '../history/received-now.ts'
import { noteRemoved } from '../removal/removal-changes.ts'
import { buriedAmong } from '../removal/tombstones.ts'
import { cohortsOf, findVersion } from './read-cohorts.ts'

/** The row of a cohort, which is locked until the transaction ends. */
interface Locked {
  readonly id: number
  readonly name: string
  /** The newest version; for a new cohort, the last version of a removed one of the same name, or 0. */
  readonly version: number
}

/** Creates a cohort. */
export async function createCohort(queries: Queries, name: string, change: CheckedChange): Promise<Cohort> {
  await lockName(queries, 'cohort', name)
  const [row] = await queries.rows<{ id: number }>(
    sql`INSERT INTO @cohorts (id, name, version) VALUES (nextval('@ids'), ${name}, 0)
      ON CONFLICT (name) DO NOTHING RETURNING id`,
  )
  if (!row) throw cohortTaken(name)
  const [removed] = await queries.rows<{ version: number }>(
    sql`SELECT version FROM @removed_cohorts WHERE name_hash = ${tombstoneOf('cohort', name)}`,
  )
  await requireTraces(queries, change)
  const diff = diffOf(new Map(), change)
  await writeVersion(queries, { id: row.id, name, version: removed?.version ?? 0 }, change, diff)
  return currentCohort(queries, name)
}

/** Changes a cohort. A change without effect makes no version. */
export async function changeCohort(queries: Queries, name: string, change: CheckedChange): Promise<Cohort> {
  const cohort = await lockCohort(queries, name)
  if (!cohort) throw noCohort(name)
  const { ifVersion } = change
  if (ifVersion !== undefined && ifVersion !== cohort.version)
    throw cohortConflict(name, ifVersion, cohort.version)
  await requireTraces(queries, change)
  const diff = diffOf(await entriesFor(queries, cohort, change), change)
  if (diff.added.length + diff.changed.length + diff.removed.length > 0)
    await writeVersion(queries, cohort, change, diff)
  return currentCohort(queries, name)
}

/** Removes a cohort with all its versions. Resolves to whether there was one. */
export async function removeCohort(queries: Queries, name: string): Promise<boolean> {
  await lockName(queries, 'cohort', name)
  const cohort = await lockCohort(queries, name)
  if (!cohort) return false
  await queries.run(
    sql`INSERT INTO @removed_cohorts (name_hash, version) VALUES (${tombstoneOf('cohort', name)}, ${cohort.version})
      ON CONFLICT (name_hash) DO UPDATE SET version = excluded.version`,
  )
  await queries.run(sql`DELETE FROM @cohort_entries WHERE cohort = ${cohort.id}`)
  await queries.run(sql`DELETE FROM @cohort_versions WHERE cohort = ${cohort.id}`)
  await queries.run(sql`DELETE FROM @cohorts WHERE id = ${cohort.id}`)
  await noteRemoved(queries, 'cohort', [name])
  return true
}

async function lockCohort(queries: Queries, name: string): Promise<Locked | undefined> {
  const [row] = await queries.rows<Locked>(
    sql`SELECT id, name, version FROM @cohorts WHERE name = ${name} FOR UPDATE`,
  )
  return row
}

async function currentCohort(queries: Queries, name: string): Promise<Cohort> {
  const row = await findVersion(queries, { name }, now)
  const [cohort] = row ? await cohortsOf(queries, [row]) : []
  if (!cohort) throw noCohort(name)
  return cohort
}

/** @throws {RuntapeError} `invalid-option` that names the traces without a root on the tape */
async function requireTraces(queries: Queries, { put }: CheckedChange): Promise<void> {
  const rows = await queries.rows<{ trace_id: string }>(
    sql`SELECT DISTINCT trace_id FROM @spans
      WHERE trace_id = ANY(${put.map(({ traceId }) => keyText(traceId))}::text[]) AND parent_span_id IS NULL`,
  )
  const there = new Set(rows.map(({ trace_id }) => trace_id))
  // Those that are being removed may still be there.
  const isBuried = await buriedAmong(
    queries,
    put.map(({ traceId }) => ({ traceId })),
  )
  const isOnTape = (traceId: string) => there.has(keyText(traceId)) && !isBuried({ traceId })
  const missing = put.flatMap(({ traceId }) => (isOnTape(traceId) ? [] : [traceId]))
  if (missing.length > 0) throw tracesNotOnTape(missing)
}

interface Known {
  readonly id: number
  readonly place: number
  readonly entry: CohortEntry
}

/** The current entries of the traces of a change, by the key of the trace. */
async function entriesFor(
  queries: Queries,
  { id }: Locked,
  { put, remove }: CheckedChange,
): Promise<Map<string, Known>> {
  const keys = [...put.map(({ traceId }) => traceId), ...remove].map(keyText)
  const rows = await queries.rows<{ id: number; trace_id: string; place: number; entry: string }>(
    sql`SELECT id, trace_id, place, entry FROM @cohort_entries
      WHERE trace_id = ANY(${keys}::text[]) AND cohort = ${id} AND until IS NULL`,
  )
  return new Map(
    rows.map(row => [row.trace_id, { id: row.id, place: row.place, entry: JSON.parse(row.entry) }]),
  )
}

interface Changed {
  readonly before: Known
  readonly entry: CohortEntry
}

interface Diff {
  readonly added: readonly CohortEntry[]
  readonly changed: readonly Changed[]
  readonly removed: readonly Known[]
}

function diffOf(known: ReadonlyMap<string, Known>, { put, remove }: CheckedChange): Diff {
  const pairs = put.map(one => {
    const before = known.get(keyText(one.traceId))
    return { before, entry: entryOf(before?.entry, one) }
  })
  return {
    added: pairs.flatMap(({ before, entry }) => (before ? [] : [entry])),
    changed: pairs.flatMap(({ before, entry }) =>
      before && !sameJson(before.entry, entry) ? [{ before, entry }] : [],
    ),
    removed: remove.flatMap(traceId => known.get(keyText(traceId)) ?? []),
  }
}

/** Fields that are not given keep their values; `null` removes one. */
const entryOf = (before: CohortEntry | undefined, put: CohortPut): CohortEntry =>
  Object.fromEntries(
    Object.entries({ ...before, ...put }).filter(([, value]) => value !== null),
  ) as unknown as CohortEntry

async function writeVersion(
  queries: Queries,
  cohort: Locked,
  { by, comment }: CheckedChange,
  diff: Diff,
): Promise<void> {
  const [{ id }, version] = [cohort, cohort.version + 1]
  await writeEntries(queries, id, version, diff)
  const { added, changed, removed } = diff
  await queries.run(
    sql`INSERT INTO @cohort_versions (cohort, version, received_at, author, size, added, changed, removed)
      SELECT ${id}::bigint, ${version}::bigint, ${receivedNow}, ${JSON.stringify({ by, comment })},
        coalesce((SELECT size FROM @cohort_versions WHERE cohort = ${id} AND version = ${cohort.version}), 0)
          + ${added.length - removed.length}::bigint,
        ${added.length}::bigint, ${changed.length}::bigint, ${removed.length}::bigint`,
  )
  await queries.run(sql`UPDATE @cohorts SET version = ${version} WHERE id = ${id}`)
  await noteChange(queries, 'cohort', cohort.name)
}

/** New entries come last; changed ones keep their place. */
async function writeEntries(
  queries: Queries,
  cohort: number,
  version: number,
  { added, changed, removed }: Diff,
): Promise<void> {
  const ended = [...removed, ...changed.map(({ before }) => before)].map(({ id }) => id)
  await queries.run(sql`UPDATE @cohort_entries SET until = ${version} WHERE id = ANY(${ended}::bigint[])`)
  const [row] = await queries.rows<{ last: number }>(
    sql`SELECT coalesce(max(place), 0) AS last FROM @cohort_entries WHERE cohort = ${cohort}`,
  )
  const last = row?.last ?? 0
  const all = [
    ...changed.map(({ before, entry }) => ({ place: before.place, entry })),
    ...added.map((entry, index) => ({ place: last + 1 + index, entry })),
  ]
  for (let at = 0; at < all.length; at += entriesAtOnce)
    await insertEntries(queries, cohort, version, all.slice(at, at + entriesAtOnce))
}

const entriesAtOnce = 1000

async function insertEntries(
  queries: Queries,
  cohort: number,
  version: number,
  entries: readonly { readonly place: number; readonly entry: CohortEntry }[],
): Promise<void> {
  await queries.run(
    sql`INSERT INTO @cohort_entries (id, cohort, trace_id, place, since, entry)
      SELECT nextval('@ids'), ${cohort}::bigint, trace_id, place, ${version}::bigint, entry FROM unnest(
        ${entries.map(({ entry }) => keyText(entry.traceId))}::text[], ${entries.map(({ place }) => place)}::bigint[],
        ${entries.map(({ entry }) => JSON.stringify(entry))}::text[]) AS given(trace_id, place, entry)`,
  )
}
