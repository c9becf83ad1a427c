/** Statements that insert a row unless it exists. */
export interface Inserts {
  /** Inserts only if nothing was ever removed. For a record that is written by itself. */
  readonly guarded: string
  readonly plain: string
}

/** @param guarded SQL instead of the `?` of some columns, for the guarded statement */
export function insertsInto(
  table: string,
  columns: readonly string[],
  guarded: Readonly<Record<string, string>> = {},
): Inserts {
  const places = columns.map(() => '?').join(', ')
  const guardedPlaces = columns.map(column => guarded[column] ?? '?').join(', ')
  const into = `INSERT INTO ${table} (${columns.join(', ')})`
  return {
    guarded: `${into} SELECT ${guardedPlaces} WHERE NOT EXISTS (SELECT 1 FROM tombstones) ON CONFLICT DO NOTHING`,
    plain: `${into} VALUES (${places}) ON CONFLICT DO NOTHING`,
  }
}
