import type { Database } from '../database/database.ts'

/** Tables whose rows are changed or removed, or have no id that only grows, and the column that names a row. */
const keys = {
  items: 'id',
  verdict_history: 'id',
  reviews: 'review_id',
  review_claims: 'item',
  cohorts: 'name',
  views: 'name',
  budgets: 'name',
  budget_levels: 'name',
  budget_crossings: 'id',
  health_counts: 'reporter',
  health_samples: 'id',
  health_conflicts: 'hash',
} as const

/** Their new rows are found by their ids, those of other processes too. */
const byMark: ReadonlySet<string> = new Set(['items', 'verdict_history', 'reviews'])

export type ChangedTable = keyof typeof keys

/**
 * Notes which rows this connection changes, in a temporary table that is part of its transactions. `amount` is by how
 * much the store's own counts grew, per kind.
 */
export function noteChanges(database: Database): void {
  database.exec(`CREATE TEMP TABLE IF NOT EXISTS changed_rows (
    place TEXT NOT NULL, row_key NOT NULL, amount INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (place, row_key)
  ) WITHOUT ROWID`)
  const after = (event: string, table: string, work: string, name = 'note') =>
    database.exec(
      `CREATE TEMP TRIGGER IF NOT EXISTS ${name}_${table}_${event} AFTER ${event} ON main.${table} BEGIN ${work} END`,
    )
  for (const [table, key] of Object.entries(keys)) {
    if (!byMark.has(table)) after('INSERT', table, note(table, `NEW.${key}`))
    after('UPDATE', table, note(table, `NEW.${key}`) + note(table, `OLD.${key}`))
    after('DELETE', table, note(table, `OLD.${key}`))
  }
  const own = (grown: string) =>
    note('own_counts', 'NEW.kind', `CASE NEW.reporter WHEN '' THEN ${grown} ELSE 0 END`)
  after('INSERT', 'health_counts', own('NEW.count'), 'own')
  after('UPDATE', 'health_counts', own('NEW.count - OLD.count'), 'own')
}

const note = (table: string, key: string, amount = '0'): string =>
  `INSERT INTO changed_rows VALUES ('${table}', ${key}, ${amount})
   ON CONFLICT DO UPDATE SET amount = amount + excluded.amount;`

export const hasChangedRows = (database: Database): boolean =>
  database.get('SELECT 1 FROM temp.changed_rows LIMIT 1') !== undefined

export function forgetChangedRows(database: Database): void {
  if (hasChangedRows(database)) database.run('DELETE FROM temp.changed_rows')
}

/** SQL: whether a row was changed. */
export const isChangedSql = (table: ChangedTable): string =>
  `${table}.${keys[table]} IN (SELECT row_key FROM temp.changed_rows WHERE place = '${table}')`

/** SQL that selects the names of changed rows that no longer exist. */
export const removedRowsSql = (table: ChangedTable): string =>
  `SELECT row_key AS name FROM temp.changed_rows
   WHERE place = '${table}' AND row_key NOT IN (SELECT ${keys[table]} FROM main.${table})`

/** SQL that selects the kinds of the store's own counts, and by how much each grew. */
export const grownCountsSql =
  "SELECT row_key AS kind, amount FROM temp.changed_rows WHERE place = 'own_counts' AND amount > 0"
