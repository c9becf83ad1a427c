import type { CopiedCohort, CopiedCohortMark, CopyOutcome } from '@runtape/core/internal'
import { removalMark } from '@runtape/core/store'
import { tombstoneOf } from '@runtape/core/store-helpers'
import { lockName, noteChange } from '../../changes/note-change.ts'
import { removeCohort } from '../../cohorts/change-cohort.ts'
import type { Queries } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { keyText } from '../../database/values.ts'
import { readTombstones } from '../../removal/tombstones.ts'
import type { WriteContext } from './write-context.ts'

/** A cohort that went on from the same version replaces the known one. */
export async function writeCohorts(
  { queries, gone }: WriteContext,
  entries: readonly (CopiedCohort | CopiedCohortMark)[],
): Promise<CopyOutcome> {
  const [fates, conflicts] = [{ copied: 0, known: 0 }, [] as string[]]
  for (const entry of entries) {
    if ('nameHash' in entry) await putMark(queries, entry)
    else {
      const fate = await putCohort(queries, entry)
      if (fate === 'conflict') conflicts.push(`cohort ${entry.name}`)
      else fates[fate]++
    }
  }
  if (gone.length > 0) fates.copied += await removeGone(queries, new Set(gone))
  return { ...fates, conflicts }
}

const putMark = (queries: Queries, { nameHash, version }: CopiedCohortMark): Promise<number> =>
  queries.run(
    sql`INSERT INTO @removed_cohorts AS known (name_hash, version) VALUES (${nameHash}, ${version})
      ON CONFLICT (name_hash) DO UPDATE SET version = greatest(known.version, excluded.version)`,
  )

async function removeGone(queries: Queries, gone: ReadonlySet<string>): Promise<number> {
  const rows = await queries.rows<{ name: string }>(sql`SELECT name FROM @cohorts`)
  const names = rows.map(({ name }) => name).filter(name => gone.has(removalMark('cohort', name)))
  for (const name of names) await removeCohort(queries, name)
  return names.length
}

interface Known {
  readonly id: number
  readonly version: number
  readonly received_at: number
}

async function putCohort(queries: Queries, cohort: CopiedCohort): Promise<'copied' | 'known' | 'conflict'> {
  const last = cohort.versions.at(-1)
  if (last === undefined) return 'known'
  await lockName(queries, 'cohort', cohort.name)
  const [known] = await queries.rows<Known>(
    sql`SELECT one.id, one.version, version.received_at FROM @cohorts AS one
      JOIN @cohort_versions AS version ON version.cohort = one.id AND version.version = one.version
      WHERE one.name = ${cohort.name} FOR UPDATE OF one`,
  )
  if (known && known.version >= last.version)
    return (await timeOf(queries, known.id, last.version)) === Math.floor(last.at) ? 'known' : 'conflict'
  const shared = known && cohort.versions.find(({ version }) => version === known.version)
  if (known && Math.floor(shared?.at ?? -1) !== known.received_at) return 'conflict'
  const id = known?.id ?? (await insertCohort(queries, cohort.name))
  await queries.run(sql`DELETE FROM @cohort_entries WHERE cohort = ${id}`)
  await insertVersions(queries, id, cohort, known?.version ?? 0)
  await insertEntries(queries, id, cohort)
  await queries.run(sql`UPDATE @cohorts SET version = ${last.version} WHERE id = ${id}`)
  await noteChange(queries, 'cohort', cohort.name)
  return 'copied'
}

async function timeOf(queries: Queries, id: number, version: number): Promise<number | undefined> {
  const [row] = await queries.rows<{ received_at: number }>(
    sql`SELECT received_at FROM @cohort_versions WHERE cohort = ${id} AND version = ${version}`,
  )
  return row?.received_at
}

async function insertCohort(queries: Queries, name: string): Promise<number> {
  const [row] = await queries.rows<{ id: number }>(
    sql`INSERT INTO @cohorts (id, name, version) VALUES (nextval('@ids'), ${name}, 0) RETURNING id`,
  )
  return row?.id ?? 0
}

/** The versions after one that is known. */
async function insertVersions(
  queries: Queries,
  id: number,
  { versions }: CopiedCohort,
  known: number,
): Promise<void> {
  for (const { version, at, by, comment, size, added, changed, removed } of versions)
    if (version > known)
      await queries.run(
        sql`INSERT INTO @cohort_versions (cohort, version, received_at, author, size, added, changed, removed)
          VALUES (${id}, ${version}, ${Math.floor(at)}, ${JSON.stringify({ by, comment })}, ${size}, ${added},
            ${changed}, ${removed})`,
      )
}

const atOnce = 1000

async function insertEntries(queries: Queries, cohort: number, { entries }: CopiedCohort): Promise<void> {
  for (let at = 0; at < entries.length; at += atOnce) {
    const some = await forgetting(queries, entries.slice(at, at + atOnce))
    await queries.run(
      sql`INSERT INTO @cohort_entries (id, cohort, trace_id, place, since, until, entry)
        SELECT nextval('@ids'), ${cohort}::bigint, trace_id, place, since, until, entry
        FROM (SELECT * FROM unnest(${some.map(({ entry }) => keyText(entry.traceId))}::text[],
          ${some.map(({ place }) => place)}::bigint[], ${some.map(({ since }) => since)}::bigint[],
          ${some.map(({ until }) => until)}::bigint[], ${some.map(({ entry }) => JSON.stringify(entry))}::text[])
          WITH ORDINALITY AS u(trace_id, place, since, until, entry, number) ORDER BY number) AS given`,
    )
  }
}

type Entries = CopiedCohort['entries']

/** Of a trace that was removed, only its place stays. */
async function forgetting(queries: Queries, entries: Entries): Promise<Entries> {
  const nameOf = ({ entry }: Entries[number]) => tombstoneOf('trace', entry.traceId)
  const removed = await readTombstones(queries, entries.map(nameOf), 'for copies')
  return entries.map(one =>
    one.isGone || removed.has(nameOf(one)) ? { ...one, entry: { traceId: one.entry.traceId } } : one,
  )
}
