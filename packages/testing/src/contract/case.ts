import assert from 'node:assert/strict'
import type { RuntapeErrorCode } from '@runtape/core'
import type { AppendReceipt, Page, Store } from '@runtape/core/store'

/** A store to check: a new, empty one for each case. */
export interface StoreSubject {
  readonly store: Store
  /** Closes the store and opens the same data again. Absent for stores without persistence. */
  readonly reopen?: () => Promise<Store>
  /** Opens the same data a second time, as another process does. Absent for stores that one process alone can open. */
  readonly connect?: () => Promise<Store>
  /** Removes what was created for the case. */
  dispose?(): Promise<void>
}

/** A case of the `Store` contract. */
export interface StoreContractCase {
  /** The promise as a fact. */
  readonly title: string
  /** Features of the store that the case needs. */
  readonly needs?: 'reopen' | 'connect' | 'appendSync' | 'getSpanSync'
  /** Rejects if the store breaks the promise. */
  readonly check: (subject: StoreSubject) => Promise<void>
}

/** Checks the three counts, and that every conflict is listed. */
export function assertReceipt(
  receipt: AppendReceipt,
  [accepted, duplicates, conflicts]: readonly [number, number, number],
): void {
  const { conflicting, misdated: _, ...counts } = receipt
  assert.deepEqual(counts, { accepted, duplicates, conflicts })
  assert.equal(conflicting.length, conflicts)
}

/** Checks that the call fails with a Runtape error. */
export async function assertRefused(code: RuntapeErrorCode, call: () => Promise<unknown>): Promise<void> {
  // Only by code: the class may come from another copy of the package.
  await assert.rejects(call, { code })
}

/** Every item of a list, page by page; `between` runs before each further page. */
export async function allPages<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
  between: () => Promise<unknown> = async () => {},
): Promise<T[]> {
  const items: T[] = []
  let page = await read(undefined)
  items.push(...page.items)
  while (page.nextCursor !== undefined) {
    assert.ok(page.items.length > 0, 'a page that is followed by another must not be empty')
    await between()
    page = await read(page.nextCursor)
    items.push(...page.items)
  }
  return items
}

/** The cursor part of a query: empty for the first page. */
export const after = (cursor: string | undefined): { cursor?: string } =>
  cursor === undefined ? {} : { cursor }
