import type { Condition } from '@runtape/core/filter'
import { decodeText, encodeText, inOneTurn, rootTexts, type TraceFacts } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'

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
  readonly span_id: string
  readonly key: string
  /** The name of a tool. */
  readonly tool: string | null
}

interface Calls {
  readonly keys: ReadonlySet<string>
  readonly tools: ReadonlySet<string>
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

/** Facts by trace, from its spans up to `spanId`. Yields while it reads the calls of large traces. */
export function* factsOfTraces(
  database: Database,
  traceIds: readonly string[],
  needs: Needs,
  spanId: number,
): Sliced<ReadonlyMap<string, TraceFacts>> {
  if (!(needs.root || needs.calls || needs.cohorts)) return new Map()
  const all = [...new Set(traceIds)]
  const ids = JSON.stringify(all)
  const rootSql = needs.texts
    ? `SELECT ${root}, input_json, output_json FROM spans ${firstRoots}`
    : `SELECT ${root} FROM span_rows ${firstRoots}`
  const roots = needs.root ? database.all<RootRow>(rootSql, ids, spanId) : []
  const rootOf = new Map(roots.reverse().map(row => [row.trace_id, row]))
  const cohortsOf = needs.cohorts ? cohortsOfTraces(database, ids) : undefined
  const facts = new Map<string, TraceFacts>()
  for (const id of all) {
    const calls = needs.calls ? yield* callsOfTrace(database, id, spanId) : noCalls
    const cohorts = cohortsOf?.get(id)?.map(({ name }) => name) ?? []
    facts.set(id, { ...factsOf(rootOf.get(id), calls), cohorts })
  }
  return facts
}

/** As `factsOfTraces`, without a pause. */
export const factsAtOnce = (...args: Parameters<typeof factsOfTraces>): ReadonlyMap<string, TraceFacts> =>
  inOneTurn(factsOfTraces(...args))

const noCalls: Calls = { keys: new Set(), tools: new Set() }

const spansAtOnce = 512

const selectCalls = `SELECT span_id, key, CASE WHEN type = 'tool' THEN name END AS tool FROM span_rows
  WHERE trace_id = ? AND span_id > ? AND id <= ? ORDER BY span_id LIMIT ${spansAtOnce}`

function* callsOfTrace(database: Database, traceId: string, spanId: number): Sliced<Calls> {
  const [keys, tools] = [new Set<string>(), new Set<string>()]
  let last = ''
  for (;;) {
    const rows = database.all<CallRow>(selectCalls, traceId, last, spanId)
    for (const { key, tool } of rows) {
      keys.add(key)
      if (tool !== null) tools.add(tool)
    }
    if (rows.length < spansAtOnce) return { keys, tools }
    last = rows.at(-1)?.span_id ?? ''
    yield
  }
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

const factsOf = (root: RootRow | undefined, { keys, tools }: Calls): TraceFacts => ({
  sessionId: root?.session_id ?? undefined,
  tags: root?.tags_json ? (JSON.parse(root.tags_json) as string[]).map(decodeText) : [],
  keys: [...keys],
  tools: [...tools],
  texts:
    typeof root?.input_json === 'string'
      ? rootTexts(root.input_json, root.output_json ?? undefined, errorOf(root))
      : [],
})
