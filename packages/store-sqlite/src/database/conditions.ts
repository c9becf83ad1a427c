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
