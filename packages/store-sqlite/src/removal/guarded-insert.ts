/** Statements that insert a row unless it exists. */
export interface Inserts {
  /** Inserts only if nothing was ever removed. For a record that is written by itself. */
  readonly guarded: string
  readonly plain: string
}

export function insertsInto(table: string, columns: readonly string[]): Inserts {
  const places = columns.map(() => '?').join(', ')
  const into = `INSERT INTO ${table} (${columns.join(', ')})`
  return {
    guarded: `${into} SELECT ${places} WHERE NOT EXISTS (SELECT 1 FROM tombstones) ON CONFLICT DO NOTHING`,
    plain: `${into} VALUES (${places}) ON CONFLICT DO NOTHING`,
  }
}
