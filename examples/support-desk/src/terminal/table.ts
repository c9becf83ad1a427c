import { dim } from './style.ts'

/** A column of numbers, with or without a unit, is set flush right; others flush left. */
export type Cell = string | number

/** Rows under their headings, in columns just wide enough. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map(row => row.map(show))
  const columns = headings.map((heading, i) => {
    const cells = texts.map(row => row[i] ?? '')
    return {
      width: Math.max(heading.length, ...cells.map(cell => cell.length)),
      flushRight: cells.every(isNumber),
    }
  })
  const line = (cells: readonly string[]) => {
    const padded = columns.map(({ width, flushRight }, i) =>
      flushRight ? cells[i]?.padStart(width) : cells[i]?.padEnd(width),
    )
    return `  ${padded.join('   ').trimEnd()}`
  }
  return [dim(line(headings)), ...texts.map(line)].join('\n')
}

const show = (cell: Cell) => (typeof cell === 'number' ? cell.toLocaleString('en-GB') : cell)
const isNumber = (cell: string) => /^-?[\d,.]*( ?(ms|s|%))?$/.test(cell)
