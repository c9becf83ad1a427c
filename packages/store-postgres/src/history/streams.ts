import { raw, type Sql } from '../database/sql.ts'

/**
 * The tables of which every transaction that changes something writes at least one, in the order in which `changes` reads
 * what one transaction wrote: a record that was removed and made again must come after its mark.
 */
export const streamTables = ['removal_changes', 'changes', 'run_events', 'event_prices', 'spans'] as const

/** The last transaction that changed something and has ended. Without any, 0. */
export const lastXid: Sql = raw(
  `coalesce(greatest(${streamTables
    .map(table => `(SELECT xid FROM @${table} ORDER BY xid DESC LIMIT 1)`)
    .join(', ')}), '0'::xid8)`,
)
