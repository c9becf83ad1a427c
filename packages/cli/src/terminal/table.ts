import { stripVTControlCharacters } from 'node:util'
import { dim } from './style.ts'
import { textWidth } from './width.ts'

/** Rows under headings in minimal columns; numbers are right-aligned. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = headings.map((heading, index) => {
    const cells = rows.map(row => plain(row[index]))
    return {
      width: cells.reduce((most, cell) => Math.max(most, textWidth(cell)), textWidth(heading)),
      flushRight: cells.every(cell => /^[-–$]?[\d,.]*( ?(ms|s|m|%))?$/.test(cell)),
    }
  })
  const line = (cells: readonly string[]) =>
    columns
      .map(({ width, flushRight }, index) => pad(cells[index] ?? '', width, flushRight))
      .join('  ')
      .trimEnd()
  return [dim(line(headings)), ...rows.map(line)].join('\n')
}

const plain = (cell = ''): string => stripVTControlCharacters(cell)

function pad(cell: string, width: number, flushRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(plain(cell))))
  return flushRight ? space + cell : cell + space
}
