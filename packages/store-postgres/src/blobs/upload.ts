import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { receivedNow } from '../history/received-now.ts'
import type { BlobOfPayload, SharedPayload } from '../records/span-rows.ts'
import type { Bodies } from './bodies.ts'

/** Payloads with more characters are kept in the blob store, if there is one. */
export const blobFrom = 65_536

/** This much of a large payload stays in the database, for previews. */
const startLength = 16_000

/** Objects that exist. */
export interface Uploaded {
  /** The payload, with the key of its object in place of most of its text. */
  inPlaceOf(payload: SharedPayload): SharedPayload
}

/** Makes sure that the objects of payloads exist. A table lists them first, so that none is ever forgotten. */
export async function upload(
  database: Database,
  bodies: Bodies,
  payloads: readonly SharedPayload[],
): Promise<Uploaded> {
  const space = await namespaceOf(database)
  const keyOf = ({ traceId, hash }: SharedPayload) => `${space}/${traceId}/${hash}`
  const byKey = new Map(payloads.map(payload => [keyOf(payload), payload]))
  const noted = await database.write(queries => note(queries, byKey))
  await Promise.all(
    noted.flatMap(({ key, is_used }) => (is_used ? [] : bodies.put(key, byKey.get(key)?.json ?? ''))),
  )
  const generations = new Map(noted.map(({ key, generation }) => [key, generation]))
  return {
    inPlaceOf: payload => {
      const [key, start] = [keyOf(payload), payload.json.slice(0, startLength)]
      const generation = generations.get(key)
      return generation === undefined ? payload : { ...payload, json: start, blob: { key, generation } }
    },
  }
}

const namespaces = new WeakMap<Database, string>()

/** Two databases may share a bucket. It never changes, so it is read once. */
async function namespaceOf(database: Database): Promise<string> {
  const known = namespaces.get(database)
  if (known !== undefined) return known
  const [row] = await database.rows<{ value: string }>(sql`SELECT value FROM @meta WHERE key = 'blobs'`)
  if (row) namespaces.set(database, row.value)
  return row?.value ?? ''
}

interface NotedRow {
  readonly key: string
  readonly generation: number
  readonly is_used: boolean
}

/** Lists the objects before they are written. */
const note = (queries: Queries, byKey: ReadonlyMap<string, SharedPayload>): Promise<NotedRow[]> => {
  const keys = [...byKey.keys()].sort()
  return queries.rows<NotedRow>(
    sql`INSERT INTO @blobs AS known (key, trace_id, noted_at)
      SELECT u.key, u.trace_id, clock.now
      FROM unnest(${keys}::text[], ${keys.map(key => byKey.get(key)?.traceId)}::text[]) AS u(key, trace_id),
        (SELECT ${receivedNow} AS now) AS clock
      ON CONFLICT (key) DO UPDATE SET noted_at = greatest(known.noted_at, excluded.noted_at)
      RETURNING key, generation, is_used`,
  )
}

/**
 * Marks objects as used, in the transaction that adds what uses them. Returns false if one may have been deleted since its
 * upload began.
 */
export async function claim(queries: Queries, objects: readonly BlobOfPayload[]): Promise<boolean> {
  if (objects.length === 0) return true
  const byKey = new Map(objects.map(({ key, generation }) => [key, generation]))
  const keys = [...byKey.keys()].sort()
  const rows = await queries.rows<NotedRow>(
    sql`SELECT key, generation FROM @blobs WHERE key = ANY(${keys}::text[]) ORDER BY key FOR UPDATE`,
  )
  if (rows.filter(({ key, generation }) => byKey.get(key) === generation).length < keys.length) return false
  await queries.run(sql`UPDATE @blobs SET is_used = true WHERE key = ANY(${keys}::text[]) AND NOT is_used`)
  return true
}
