import type { Store } from '@runtape/core/store'
import { describe, expect, test } from 'vitest'
import { storeContractCases } from '../src/contract/cases.ts'
import { memoryStore } from '../src/memory-store.ts'
import { brokenChanges } from './broken-changes.ts'
import { brokenPeople } from './broken-reviewing.ts'
import { brokenRevisions } from './broken-revision.ts'
import { brokenArguments, brokenRows } from './broken-rows.ts'
import { brokenSearch } from './broken-search.ts'
import { brokenStores } from './broken-stores.ts'

/** The titles of the promises that a store breaks. */
async function brokenPromises(open: () => Store, reopen?: () => Promise<Store>): Promise<string[]> {
  const broken: string[] = []
  for (const { title, check, needs } of storeContractCases) {
    if (needs === 'connect' || (needs === 'reopen' && !reopen)) continue
    const subject = { store: open(), ...(reopen && { reopen }) }
    await check(subject).catch(() => broken.push(title))
  }
  return broken
}

const isOfReopening = (title: string): boolean => title.startsWith('reopen: ')

describe('the contract detects a store that', () => {
  test.each([
    ...brokenStores,
    ...brokenSearch,
    ...brokenPeople,
    ...brokenRows,
    ...brokenArguments,
    ...brokenChanges,
    ...brokenRevisions,
  ])('$does', async ({ open, breaks }) => {
    const found = await brokenPromises(open)
    expect(found).toEqual(expect.arrayContaining([...breaks]))
    // Otherwise the cases detect more than this one defect.
    expect(found.length).toBeLessThan(storeContractCases.length / 3)
  })

  test('loses everything when reopened', async () => {
    const found = await brokenPromises(memoryStore, async () => memoryStore())
    const [kept, others] = [found.filter(isOfReopening), found.filter(title => !isOfReopening(title))]
    expect(kept).toEqual(
      storeContractCases
        .filter(({ needs }) => needs === 'reopen')
        .map(({ title }) => title)
        .filter(isOfReopening),
    )
    expect(others).toEqual(['close: an append started before it is kept, and a later one is not'])
  })

  test('but accepts a correct store', async () => {
    expect(await brokenPromises(memoryStore)).toEqual([])
  })
})

describe('the cases', () => {
  test('have unique titles', () => {
    const titles = storeContractCases.map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
  })
})
