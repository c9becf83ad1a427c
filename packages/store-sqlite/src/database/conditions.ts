import { RuntapeError } from '@runtape/core'
import type { SqlValue } from './handle.ts'

/**
 * The conditions of a query and their parameters. Parameters must appear in the SQL in the order in which they are
 * added.
 */
export class Conditions {
  readonly #terms: string[] = []
  readonly params: SqlValue[] = []

  add(term: string, ...params: SqlValue[]): this {
    this.#terms.push(term)
    this.params.push(...params)
    return this
  }

  /** Adds the condition unless `param` is `undefined`. */
  addIf(term: string, param: SqlValue | undefined): this {
    return param === undefined ? this : this.add(term, param)
  }

  get sql(): string {
    return this.#terms.join('\n    AND ')
  }
}

/** Where a page ended: in the list with this name, after the item with this time and id. */
export interface Cursor {
  /** Or another number that the list is sorted by; `null` if it is unknown. */
  readonly time: number | null
  readonly id: string
  /** The last row that all pages include. */
  readonly mark: number
  /** The last price that all pages include. Older versions did not store it. */
  readonly price?: number
}

export function encodeCursor(list: string, { time, id, mark, price }: Cursor): string {
  // JSON cannot represent infinite times, which older versions accepted.
  const place = time === null || Number.isFinite(time) ? time : String(time)
  const parts = [list, place, id, mark, ...(price === undefined ? [] : [price])]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** @throws {RuntapeError} `invalid-option` for a cursor that this list did not return */
export function decodeCursor(list: string, text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined
  const [of, place, id, mark, price] = cursorParts(text)
  const time = place === 'Infinity' || place === '-Infinity' ? Number(place) : place
  const isPlace = typeof time === 'number' || time === null
  if (of === list && isPlace && typeof id === 'string' && typeof mark === 'number')
    return { time, id, mark, ...(typeof price === 'number' && { price }) }
  throw strangeCursor(list)
}

/** The error for a cursor that the list did not return. */
export const strangeCursor = (list: string): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `cursor was not returned by the list of ${list}. Pass the cursor of another page unchanged, or none to start over.`,
  )

/** The parts of a cursor; empty if the text is not a cursor. */
export function cursorParts(text: string): unknown[] {
  return parsedList(Buffer.from(text, 'base64url').toString())
}

function parsedList(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
