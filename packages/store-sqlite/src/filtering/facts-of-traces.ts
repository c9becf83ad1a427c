import type { Condition } from '@runtape/core/filter'
import type { TraceFacts } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { decodeText } from '../database/exact-text.ts'

interface RootRow {
  readonly trace_id: string
  readonly session_id: string | null
  readonly tags_json: string | null
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

/** What of traces a filter reads. */
export interface Needs {
  readonly root: boolean
  readonly calls: boolean
  readonly texts: boolean
}

export function needsOf(conditions: readonly Condition[]): Needs {
  const has = (...fields: readonly string[]) =>
    conditions.some(condition => condition.kind !== 'search' && fields.includes(condition.field))
  const texts = conditions.some(({ kind }) => kind === 'search')
  return { root: texts || has('session', 'tag'), calls: has('key', 'tool'), texts }
}

const root = 'trace_id, session_id, tags_json, error_message'
const firstRoots = `WHERE trace_id IN (SELECT value FROM json_each(?)) AND parent_span_id IS NULL
  ORDER BY trace_id, started_at, span_id`

/** The facts of traces, by id. */
export function factsOfTraces(
  database: Database,
  traceIds: readonly string[],
  needs: Needs,
): ReadonlyMap<string, TraceFacts> {
  if (!(needs.root || needs.calls)) return new Map()
  const ids = JSON.stringify([...new Set(traceIds)])
  const rootSql = needs.texts
    ? `SELECT ${root}, input_json, output_json FROM spans ${firstRoots}`
    : `SELECT ${root} FROM span_rows ${firstRoots}`
  const roots = needs.root ? database.all<RootRow>(rootSql, ids) : []
  const calls = needs.calls
    ? database.all<CallRow>(
        `SELECT DISTINCT trace_id, key, name, type FROM span_rows
         WHERE trace_id IN (SELECT value FROM json_each(?))`,
        ids,
      )
    : []
  const rootOf = new Map(roots.reverse().map(row => [row.trace_id, row]))
  const callsOf = Map.groupBy(calls, ({ trace_id }) => trace_id)
  return new Map(traceIds.map(id => [id, factsOf(rootOf.get(id), callsOf.get(id) ?? [])]))
}

const factsOf = (root: RootRow | undefined, calls: readonly CallRow[]): TraceFacts => ({
  sessionId: root?.session_id ?? undefined,
  tags: root?.tags_json ? (JSON.parse(root.tags_json) as string[]).map(decodeText) : [],
  keys: calls.map(({ key }) => key),
  tools: calls.filter(({ type }) => type === 'tool').map(({ name }) => name),
  texts: [root?.input_json, root?.output_json, root?.error_message].filter(text => typeof text === 'string'),
})
