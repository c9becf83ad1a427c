import assert from 'node:assert/strict'
import type { AppendReceipt, Page, RuntapeErrorCode, Store } from '@runtape/core'

/** A store to be checked: a new, empty one for each case. */
export interface StoreSubject {
  readonly store: Store
  /** Closes the store and opens the same data again. Stores that forget leave it out. */
  readonly reopen?: () => Promise<Store>
  /** Takes away what was made for the case. */
  dispose?(): Promise<void>
}

/** One promise of the `Store` contract. */
export interface StoreContractCase {
  /** The promise, as a fact. */
  readonly title: string
  /** What a store must have for the case to mean anything. */
  readonly needs?: 'reopen' | 'appendSync' | 'getSpanSync'
  /** Rejects when the store does not keep the promise. */
  readonly check: (subject: StoreSubject) => Promise<void>
}

/** Checks the three counts, and that every conflict is named. */
export function assertReceipt(
  receipt: AppendReceipt,
  [accepted, duplicates, conflicts]: readonly [number, number, number],
): void {
  const { conflicting, misdated: _, ...counts } = receipt
  assert.deepEqual(counts, { accepted, duplicates, conflicts })
  assert.equal(conflicting.length, conflicts)
}

/** Checks that the call fails with an error of Runtape's own. */
export async function assertRefused(code: RuntapeErrorCode, call: () => Promise<unknown>): Promise<void> {
  // By the code alone: the class may be that of another copy of the package.
  await assert.rejects(call, { code })
}

/** Every item of a list, a page at a time; `between` runs before each further page. */
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

/** The part of a query that a cursor is in: nothing for the first page. */
export const after = (cursor: string | undefined): { cursor?: string } =>
  cursor === undefined ? {} : { cursor }
