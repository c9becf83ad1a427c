import { RuntapeError } from '@runtape/core'
import type { Page } from '@runtape/core/store'
import { type CursorPlace, type CursorStep, type PageRead, pageOfFound } from '@runtape/core/store-helpers'

/** The place where a page begins or ends, and the moment of all pages. */
export interface ListCursor extends CursorPlace {
  readonly step: CursorStep
  /** Of `markOf`. */
  readonly mark: string
}

const steps: readonly unknown[] = ['after', 'before', 'upTo'] satisfies CursorStep[]

/**
 * The cursor of a list.
 *
 * @param list name of the list and its order
 * @throws {RuntapeError} `invalid-option` for a cursor that this list did not return
 */
export function decodeCursor(list: string, text: string | undefined): ListCursor | undefined {
  if (text === undefined) return undefined
  const [of, time, id, step, mark] = partsOf(text)
  const isPlace = (typeof time === 'number' || time === null) && typeof id === 'string'
  if (of === list && isPlace && steps.includes(step) && typeof mark === 'string')
    return { time, id, step: step as CursorStep, mark }
  throw new RuntapeError(
    'invalid-option',
    `cursor was not returned by the list of ${list}. Pass the cursor of another page unchanged, or none to start over.`,
  )
}

function partsOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** How a page of a list is read. */
export interface ListRead extends PageRead {
  readonly list: string
  readonly mark: string
}

/**
 * The page of the found items.
 *
 * @param found in the order of reading, with one item more than the page has if there are more
 * @returns `undefined` if nothing comes before the cursor: return the first page instead
 */
export const listPage = <T>(
  read: ListRead,
  found: readonly T[],
  placeOf: (item: T) => CursorPlace,
): Page<T> | undefined =>
  pageOfFound(read, found, placeOf, (step, { time, id }) =>
    Buffer.from(JSON.stringify([read.list, time, id, step, read.mark])).toString('base64url'),
  )
