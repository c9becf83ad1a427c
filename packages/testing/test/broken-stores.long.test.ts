import type { Store } from '@runtape/core'
import { describe, expect, it } from 'vitest'
import { storeContractCases } from '../src/contract/cases.ts'
import { memoryStore } from '../src/memory-store.ts'
import { brokenStores } from './broken-stores.ts'

/** The titles of the promises that a store does not keep. */
async function brokenPromises(open: () => Store, reopen?: () => Promise<Store>): Promise<string[]> {
  const broken: string[] = []
  for (const { title, check, needs } of storeContractCases) {
    if (needs === 'connect' || (needs === 'reopen' && !reopen)) continue
    const subject = { store: open(), ...(reopen && { reopen }) }
    await check(subject).catch(() => broken.push(title))
  }
  return broken
}

describe('the contract finds out a store that', () => {
  it.each(brokenStores)('$does', async ({ open, breaks }) => {
    const found = await brokenPromises(open)
    expect(found).toEqual(expect.arrayContaining([...breaks]))
    // Else it is not that one thing which was found.
    expect(found.length).toBeLessThan(storeContractCases.length / 3)
  })

  it('forgets everything when it is opened again', async () => {
    const found = await brokenPromises(memoryStore, async () => memoryStore())
    expect(found).toEqual([
      'close: what was appended before and not awaited is kept, what comes after is not',
      'reopen: runs, traces, usage and test runs are all still there, and identities still count',
    ])
  })

  it('but has nothing against a right one', async () => {
    expect(await brokenPromises(memoryStore)).toEqual([])
  })
})

describe('the cases', () => {
  it('each have their own title', () => {
    const titles = storeContractCases.map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
  })
})
