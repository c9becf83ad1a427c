import type { Database } from '../database/database.ts'
import { raw, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'

/** Number of rows that one statement reads, so that it stays far below a statement timeout. */
const rowsAtOnce = 50_000

/** The ends of the parts in which a table is read, in the order of `id`. Rows that are added meanwhile are not in them. */
async function* partsOf(
  database: Database,
  table: 'run_events' | 'spans',
): AsyncGenerator<{ readonly after: number; readonly end: number }> {
  const name = raw(`@${table}`)
  const [last] = await database.rows<{ id: number | null }>(sql`SELECT max(id) AS id FROM ${name}`)
  for (let after = 0; last && last.id !== null && after < last.id; ) {
    const [part] = await database.rows<{ end: number | null }>(
      sql`SELECT max(id) AS end FROM (
        SELECT id FROM ${name} WHERE id > ${after} AND id <= ${last.id} ORDER BY id LIMIT ${rowsAtOnce}::bigint) AS part`,
    )
    if (part?.end === null || part === undefined) return
    yield { after, end: part.end }
    after = part.end
  }
}

/** The traces with a span of the session. No index has the sessions of all spans. */
export async function scanSpans(database: Database, sessionId: string): Promise<Set<string>> {
  const traces = new Set<string>()
  for await (const { after, end } of partsOf(database, 'spans')) {
    const rows = await database.rows<{ trace_id: string }>(
      sql`SELECT DISTINCT trace_id FROM @spans WHERE id > ${after} AND id <= ${end} AND session_id = ${keyText(sessionId)}`,
    )
    for (const { trace_id } of rows) traces.add(trace_id)
  }
  return traces
}

interface EventPlace {
  readonly id: number
  readonly run_id: string
  readonly replay_trace_id: string
}

/** All events of a context. An event of any run or replay may name it. */
export async function scanEvents(
  database: Database,
  { kind, key }: { readonly kind: string; readonly key: string },
): Promise<EventPlace[]> {
  const found: EventPlace[] = []
  const text = `"key":${JSON.stringify(key)}`
  for await (const { after, end } of partsOf(database, 'run_events')) {
    const rows = await database.rows<EventPlace & { record: string }>(
      sql`SELECT id, run_id, replay_trace_id, record FROM @run_events
        WHERE id > ${after} AND id <= ${end} AND strpos(record, ${text}) > 0`,
    )
    for (const { record, ...place } of rows) {
      const { context } = JSON.parse(record)
      if (context?.kind === kind && context.key === key) found.push(place)
    }
  }
  return found
}
