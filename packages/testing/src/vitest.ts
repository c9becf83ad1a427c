import { describe, it } from 'vitest'
import type { StoreContractCase, StoreSubject } from './contract/case.ts'
import { storeContractCases } from './contract/cases.ts'

/**
 * Registers the `Store` contract with vitest, one test for each promise. `open` is called before each, and once
 * more at the start, to see what the store offers: cases about `reopen` and `appendSync` are registered only for
 * stores that have them.
 *
 * @param open makes an empty store
 *
 * @example
 * ```ts
 * import { memoryStore } from '@runtape/testing'
 * import { storeContract } from '@runtape/testing/vitest'
 *
 * storeContract('memoryStore', async () => ({ store: memoryStore() }))
 * ```
 */
export function storeContract(name: string, open: () => Promise<StoreSubject>): void {
  describe(`${name} keeps the Store contract`, async () => {
    const offered = await withSubject(open, async subject => offersOf(subject))
    const applicable = storeContractCases.filter(
      ({ needs }) => needs === undefined || offered.includes(needs),
    )
    for (const { title, check } of applicable) it(title, () => withSubject(open, check))
  })
}

function offersOf(subject: StoreSubject): NonNullable<StoreContractCase['needs']>[] {
  return [
    ...(subject.reopen ? ['reopen' as const] : []),
    ...(subject.store.appendSync ? ['appendSync' as const] : []),
  ]
}

async function withSubject<T>(
  open: () => Promise<StoreSubject>,
  use: (subject: StoreSubject) => Promise<T>,
): Promise<T> {
  const subject = await open()
  try {
    return await use(subject)
  } finally {
    await subject.store.close()
    await subject.dispose?.()
  }
}
