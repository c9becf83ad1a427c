import { realNow } from '@runtape/core/internal'
import type { Cohort, CohortEntry, CohortItem, Cohorts, CohortVersion, Page } from '@runtape/core/store'
import {
  type CheckedChange,
  cohortConflict,
  cohortTaken,
  markOf,
  noCohort,
  pageInOrder,
  readAsOf,
  readCohortChange,
  readCohortEntryQuery,
  readCohortName,
  readCohortPage,
  readCohortRef,
  sameJson,
  traceSummary,
  tracesNotOnTape,
} from '@runtape/core/store-helpers'
import { revisionAt } from '../revisions.ts'
import { arrive, arriveRemoval, openTape, type StoredVersion, type Tape } from '../traces/tape.ts'
import { rootsOf } from '../traces/traces.ts'

/** The `cohorts` part of a memory store. */
export function cohortQueries(tape: Tape): Cohorts {
  return {
    create: async (given, change) => {
      const name = readCohortName(given)
      const checked = readCohortChange(change)
      const { cohorts, removedCohorts } = openTape(tape)
      if (cohorts.has(name)) throw cohortTaken(name)
      requireTraces(tape, checked)
      const version = (removedCohorts.get(name) ?? 0) + 1
      const changed = changedEntries(new Map(), checked)
      cohorts.set(name, { versions: [versionOf(tape, { name, version }, changed, checked)] })
      return cohortAt(tape, name, { version }) as Cohort
    },
    change: async (given, change) => {
      const name = readCohortName(given)
      const checked = readCohortChange(change)
      const cohort = openTape(tape).cohorts.get(name)
      const newest = cohort?.versions.at(-1)
      if (cohort === undefined || newest === undefined) throw noCohort(name)
      const { version, entries } = newest
      if (checked.ifVersion !== undefined && checked.ifVersion !== version)
        throw cohortConflict(name, checked.ifVersion, version)
      requireTraces(tape, checked)
      const changed = changedEntries(entries, checked)
      if (changed.added + changed.changed + changed.removed > 0)
        cohort.versions.push(versionOf(tape, { name, version: version + 1 }, changed, checked))
      return cohortAt(tape, name) as Cohort
    },
    get: async (cohort, options) => {
      const { name, version } = readCohortRef(cohort)
      const revision = revisionAt(openTape(tape), readAsOf('cohorts.get', options).asOf)
      return cohortAt(tape, name, { version, revision })
    },
    list: async given => {
      const query = readCohortPage(given)
      const revision = markOf(query, 'cohorts') ?? revisionAt(openTape(tape), query.asOf)
      const all = [...openTape(tape).cohorts.keys()].flatMap(name => cohortAt(tape, name, { revision }) ?? [])
      return byName(all, query, revision)
    },
    versions: async (given, paging) => {
      const name = readCohortName(given)
      const query = readCohortPage(paging)
      const list = `versions of ${name}`
      const mark = markOf(query, list) ?? revisionAt(openTape(tape), query.asOf)
      const versions = versionsAt(tape, name, mark)
      if (versions.length === 0) throw noCohort(name)
      const order = { mark, name: list, compare: descending }
      const page = pageInOrder(versions, { ...order, positionOf: each => [each.version, ''] }, query)
      return { ...page, items: page.items.map(factsOf) }
    },
    entries: async (cohort, query) => entriesOf(openTape(tape), cohort, readCohortEntryQuery(query)),
    remove: async given => {
      const name = readCohortName(given)
      const { cohorts, removedCohorts } = openTape(tape)
      const last = cohorts.get(name)?.versions.at(-1)
      if (last === undefined) return false
      arriveRemoval(tape, 'cohort', name)
      removedCohorts.set(name, last.version)
      return cohorts.delete(name)
    },
  }
}

type Position = readonly [number | null, string]
const ascending = ([a]: Position, [b]: Position): number => (a ?? 0) - (b ?? 0)
const descending = (a: Position, b: Position): number => ascending(b, a)

function byName(
  all: readonly Cohort[],
  query: Parameters<typeof pageInOrder>[2],
  mark: number,
): Page<Cohort> {
  const compare = ([, a]: Position, [, b]: Position) => (a === b ? 0 : a < b ? -1 : 1)
  return pageInOrder(all, { mark, name: 'cohorts', compare, positionOf: ({ name }) => [0, name] }, query)
}

function requireTraces(tape: Tape, { put }: CheckedChange): void {
  const there = new Set(rootsOf(tape).map(({ traceId }) => traceId))
  const missing = put.map(({ traceId }) => traceId).filter(traceId => !there.has(traceId))
  if (missing.length > 0) throw tracesNotOnTape(missing)
}

interface Changed {
  readonly entries: ReadonlyMap<string, CohortEntry>
  readonly added: number
  readonly changed: number
  readonly removed: number
}

function changedEntries(before: ReadonlyMap<string, CohortEntry>, { put, remove }: CheckedChange): Changed {
  const entries = new Map(before)
  let [added, changed, removed] = [0, 0, 0]
  for (const traceId of remove) if (entries.delete(traceId)) removed++
  for (const { traceId, ...fields } of put) {
    const known = entries.get(traceId)
    const given = Object.entries({ ...known, ...fields, traceId }).filter(([, value]) => value !== null)
    const entry = structuredClone(Object.fromEntries(given)) as unknown as CohortEntry
    if (known === undefined) added++
    else if (!sameJson(known, entry)) changed++
    entries.set(traceId, entry)
  }
  return { entries, added, changed, removed }
}

function versionOf(
  tape: Tape,
  { name, version }: { readonly name: string; readonly version: number },
  { entries, ...counts }: Changed,
  { by, comment }: CheckedChange,
): StoredVersion {
  const author = { ...(by !== undefined && { by }), ...(comment !== undefined && { comment }) }
  const { revision } = arrive(tape, { kind: 'cohort', id: name })
  return { version, at: realNow(), ...author, size: entries.size, ...counts, entries, revision }
}

/** The versions of a cohort that were made by a revision. */
const versionsAt = (tape: Tape, name: string, revision: number): readonly StoredVersion[] =>
  tape.cohorts.get(name)?.versions.filter(each => each.revision <= revision) ?? []

const factsOf = ({ entries: _entries, revision: _revision, ...version }: StoredVersion): CohortVersion =>
  version

interface At {
  /** Default: the newest. */
  readonly version?: number | undefined
  /** Default: the current one. */
  readonly revision?: number
}

function versionAt(tape: Tape, name: string, at: At): StoredVersion | undefined {
  const { version, revision = tape.last.revision } = at
  const versions = versionsAt(tape, name, revision)
  return version === undefined ? versions.at(-1) : versions.find(each => each.version === version)
}

function cohortAt(tape: Tape, name: string, at: At = {}): Cohort | undefined {
  const found = versionAt(tape, name, at)
  if (found === undefined) return undefined
  const there = new Set(rootsOf(tape).map(({ traceId }) => traceId))
  const gone = [...found.entries.keys()].filter(traceId => !there.has(traceId)).length
  return { name, ...factsOf(found), gone }
}

function entriesOf(
  tape: Tape,
  cohort: string,
  { traceId, asOf, ...query }: ReturnType<typeof readCohortEntryQuery>,
): Page<CohortItem> {
  const { name, version } = readCohortRef(cohort)
  const list = `entries of ${cohort}`
  const mark = markOf(query, list) ?? revisionAt(tape, asOf)
  const found = versionAt(tape, name, { version, revision: mark })
  if (found === undefined) throw noCohort(cohort)
  const order = new Map([...found.entries.keys()].map((id, index) => [id, index]))
  const wanted = [...found.entries.values()].filter(each => traceId === undefined || each.traceId === traceId)
  const positionOf = (entry: CohortEntry): Position => [order.get(entry.traceId) ?? 0, entry.traceId]
  const page = pageInOrder(wanted, { positionOf, compare: ascending, mark, name: list }, query)
  const roots = new Map(rootsOf(tape, mark).map(root => [root.traceId, root]))
  const items = page.items.map(entry => {
    const root = roots.get(entry.traceId)
    return { ...entry, ...(root && { trace: traceSummary(root) }) }
  })
  return { ...page, items }
}

/** Clears the entries of removed traces, and the comments of changes whose traces were all removed. */
export function forgetInCohorts(tape: Tape, removed: ReadonlySet<string>): void {
  const there = new Set(rootsOf(tape).map(({ traceId }) => traceId))
  for (const [name, { versions }] of tape.cohorts) {
    const forgotten = versions.map((version, at) => {
      const before = versions[at - 1]?.entries ?? new Map<string, CohortEntry>()
      const entries = [...version.entries].map(
        ([traceId, entry]) => [traceId, there.has(traceId) ? entry : { traceId }] as const,
      )
      const { comment, ...rest } = version
      const touched = touchedIn(before, version.entries)
      // A change whose traces were already gone does not concern the traces that are removed now.
      const isOfRemoved = touched.some(traceId => removed.has(traceId))
      const keepsComment = !isOfRemoved || touched.some(traceId => there.has(traceId))
      return { ...rest, ...(comment !== undefined && keepsComment && { comment }), entries: new Map(entries) }
    })
    tape.cohorts.set(name, { versions: forgotten })
  }
}

function touchedIn(
  before: ReadonlyMap<string, CohortEntry>,
  after: ReadonlyMap<string, CohortEntry>,
): string[] {
  const ids = new Set([...before.keys(), ...after.keys()])
  return [...ids].filter(id => !sameJson(before.get(id), after.get(id)))
}
