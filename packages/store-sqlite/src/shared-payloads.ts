import { hash } from 'node:crypto'
import type { Payload } from '@runtape/core'
import type { Database } from './database.ts'
import type { SqliteStatement } from './handle.ts'

/** Shorter payloads, in characters, cost less in their row than in a row of their own. */
const shareFrom = 2048

/** Keeps large payloads once per trace, by their content: what five calls hand on to each other is stored once. */
export class SharedPayloads {
  readonly #insert: SqliteStatement

  constructor(database: Database) {
    this.#insert = database.statement(
      'INSERT INTO payloads (trace_id, hash, json) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
  }

  /** The hash under which the payload is kept, or `null` for one that stays in its row. */
  keep(traceId: string, payload: Payload | undefined): string | null {
    if (payload === undefined || payload.json.length < shareFrom) return null
    const name = hash('sha256', payload.json, 'base64url')
    this.#insert.run(traceId, name, payload.json)
    return name
  }
}
