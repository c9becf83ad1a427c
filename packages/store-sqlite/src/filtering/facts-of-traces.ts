import type { Condition } from '@runtape/core/filter'
import { decodeText, encodeText, rootTexts, type TraceFacts } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'

interface RootRow {
  readonly trace_id: string
  readonly session_id: string | null
  readonly tags_json: string | null
  readonly error_name: string | null
  readonly error_message: string | null
  readonly input_json?: string | null
  readonly output_json?: string | null
}

interface CallRow {
  readonly trace_id: string
  readonly key: string
  readonly name: string
  readonly type: string
}

/** The facts of traces that a filter reads. */
export interface Needs {
  readonly root: boolean
  readonly calls: boolean
  readonly texts: boolean
  readonly cohorts: boolean
  readonly reviews: boolean
}

export function needsOf(conditions: readonly Condition[]): Needs {
  const has = (...fields: readonly string[]) =>
    conditions.some(condition => condition.kind !== 'search' && fields.includes(condition.field))
  const texts = conditions.some(({ kind }) => kind === 'search')
  return {
    root: texts || has('session', 'tag'),
    calls: has('key', 'tool'),
    texts,
    cohorts: has('cohort'),
    reviews: has('reviewed'),
  }
}

const root = 'trace_id, session_id, tags_json, error_name, error_message'
const firstRoots = `WHERE trace_id IN (SELECT value FROM json_each(?)) AND parent_span_id IS NULL AND id <= ?
  ORDER BY trace_id, started_at, span_id`

/** Facts by trace, from its spans up to `spanId`. */
export function factsOfTraces(
  database: Database,
  traceIds: readonly string[],
  needs: Needs,
  spanId: number,
): ReadonlyMap<string, TraceFacts> {
  if (!(needs.root || needs.calls || needs.cohorts)) return new Map()
  const ids = JSON.stringify([...new Set(traceIds)])
  const rootSql = needs.texts
    ? `SELECT ${root}, input_json, output_json FROM spans ${firstRoots}`
    : `SELECT ${root} FROM span_rows ${firstRoots}`
  const roots = needs.root ? database.all<RootRow>(rootSql, ids, spanId) : []
  const calls = needs.calls
    ? database.all<CallRow>(
        `SELECT DISTINCT trace_id, key, name, type FROM span_rows
         WHERE trace_id IN (SELECT value FROM json_each(?)) AND id <= ?`,
        ids,
        spanId,
      )
    : []
  const rootOf = new Map(roots.reverse().map(row => [row.trace_id, row]))
  const callsOf = Map.groupBy(calls, ({ trace_id }) => trace_id)
  const cohortsOf = needs.cohorts ? cohortsOfTraces(database, ids) : undefined
  return new Map(
    traceIds.map(id => [
      id,
      {
        ...factsOf(rootOf.get(id), callsOf.get(id) ?? []),
        cohorts: cohortsOf?.get(id)?.map(({ name }) => name) ?? [],
      },
    ]),
  )
}

const cohortsOfTraces = (database: Database, ids: string) =>
  Map.groupBy(
    database.all<{ trace_id: string; name: string }>(
      `SELECT entry.trace_id, cohorts.name FROM cohort_entries AS entry JOIN cohorts ON cohorts.id = entry.cohort
       WHERE entry.trace_id IN (SELECT value FROM json_each(?))
         AND entry.since <= cohorts.version AND (entry.until IS NULL OR entry.until > cohorts.version)
         AND EXISTS (SELECT 1 FROM cohort_versions WHERE cohort_versions.cohort = cohorts.id)`,
      ids,
    ),
    ({ trace_id }) => trace_id,
  )

/** A run, or a trace without runs. */
interface Reviewed {
  readonly runId?: string | undefined
  readonly traceId?: string | undefined
}

/** Returns a function that says whether one of these has a review: of the run, or of its trace as a whole. */
export function reviewsOf(
  database: Database,
  all: readonly Reviewed[],
  { reviews }: Needs,
): (one: Reviewed) => boolean {
  if (!reviews) return () => false
  const idsOf = (field: keyof Reviewed) =>
    JSON.stringify(all.flatMap(one => one[field] ?? []).map(encodeText))
  const rows = database.all<{ run_id: string | null; trace_id: string | null }>(
    `SELECT run_id, trace_id FROM reviews WHERE withdrawn_change_id IS NULL
       AND (run_id IN (SELECT value FROM json_each(?)) OR trace_id IN (SELECT value FROM json_each(?)))`,
    idsOf('runId'),
    idsOf('traceId'),
  )
  const runs = new Set(rows.map(row => row.run_id))
  const traces = new Set(rows.filter(row => row.run_id === null).map(row => row.trace_id))
  const inTraces = new Set(rows.map(row => row.trace_id))
  return ({ runId, traceId = '' }) =>
    runId === undefined ? inTraces.has(traceId) : runs.has(runId) || traces.has(traceId)
}

export const noFacts: TraceFacts = { tags: [], keys: [], tools: [], texts: [] }

const errorOf = ({ error_name: name, error_message: message }: RootRow) =>
  name === null ? undefined : { name, message: message ?? '' }

const factsOf = (root: RootRow | undefined, calls: readonly CallRow[]): TraceFacts => ({
  sessionId: root?.session_id ?? undefined,
  tags: root?.tags_json ? (JSON.parse(root.tags_json) as string[]).map(decodeText) : [],
  keys: calls.map(({ key }) => key),
  tools: calls.filter(({ type }) => type === 'tool').map(({ name }) => name),
  texts:
    typeof root?.input_json === 'string'
      ? rootTexts(root.input_json, root.output_json ?? undefined, errorOf(root))
      : [],
})
