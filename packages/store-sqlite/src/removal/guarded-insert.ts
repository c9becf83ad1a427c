/**
 * The statement that inserts a row unless it is there, and before it the one that does so only where nothing was ever
 * removed: it costs next to nothing more.
 */
export function insertsInto(
  table: string,
  columns: readonly string[],
): readonly [guarded: string, plain: string] {
  const places = columns.map(() => '?').join(', ')
  const into = `INSERT INTO ${table} (${columns.join(', ')})`
  return [
    `${into} SELECT ${places} WHERE NOT EXISTS (SELECT 1 FROM tombstones) ON CONFLICT DO NOTHING`,
    `${into} VALUES (${places}) ON CONFLICT DO NOTHING`,
  ]
}
