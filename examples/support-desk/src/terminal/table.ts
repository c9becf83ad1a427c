import { dim } from './style.ts'

/** A cell: numbers are set flush right, text flush left. */
export type Cell = string | number

/** Rows under their headings, in columns just wide enough. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map(row => row.map(show))
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...texts.map(row => row[i]?.length ?? 0)),
  )
  const right = headings.map((_, i) => rows.every(row => typeof row[i] === 'number'))
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, i) => (right[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('   ')}`.trimEnd()
  return [dim(line(headings)), ...texts.map(line)].join('\n')
}

const show = (cell: Cell) => (typeof cell === 'number' ? cell.toLocaleString('en-GB') : cell)
