import { csv } from './csv.ts'

/** The columns of a list, each with its cell. `undefined` is an empty cell: unknown, never zero. */
export type Columns<Item> = Readonly<Record<string, (item: Item) => string | number | boolean | undefined>>

/** A list as CSV, one item a line, with its headings. */
export function recordsAsCsv<Item>(columns: Columns<Item>, items: readonly Item[]): string {
  const cells = Object.values(columns)
  return csv([Object.keys(columns), ...items.map(item => cells.map(cell => String(cell(item) ?? '')))])
}

/** A time for other programs. */
export const csvTime = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString()
