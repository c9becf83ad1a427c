import { dim } from './style.ts'

/** Aligns a column of numbers, with or without a unit, right, and others left. */
export type Cell = string | number

/** Rows under their headings, in columns of minimal width. */
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
