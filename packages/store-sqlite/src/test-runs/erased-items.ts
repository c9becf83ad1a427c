import type { Database } from '../database/database.ts'
import type { SqlValue } from '../database/handle.ts'
import { traceName } from '../removal/tombstones.ts'

/** Whether a trace was removed, so that nothing about it may be written. */
export const isErased = (database: Database, traceId: SqlValue | undefined): boolean =>
  typeof traceId === 'string' &&
  database.get('SELECT 1 FROM tombstones WHERE name = ?', traceName(traceId)) !== undefined
