import type { Store } from '@runtape/core/store'
import { describe, expect, test } from 'vitest'
import type { StoreContractCase } from '../src/contract/case.ts'
import { storeContractCases } from '../src/contract/cases.ts'
import { memoryStore } from '../src/memory-store.ts'
import { brokenChanges } from './broken-changes.ts'
import { brokenPeople } from './broken-reviewing.ts'
import { brokenRevisions } from './broken-revision.ts'
import { brokenArguments, brokenRows } from './broken-rows.ts'
import { brokenSearch } from './broken-search.ts'
import { brokenStores } from './broken-stores.ts'

interface Tried {
  readonly reopen?: () => Promise<Store>
  readonly cases?: readonly StoreContractCase[]
}

/** The titles of the promises that a store breaks. */
async function brokenPromises(
  open: () => Store,
  { reopen, cases = storeContractCases }: Tried = {},
): Promise<string[]> {
  const broken: string[] = []
  for (const { title, check, needs } of cases) {
    if (needs === 'connect' || (needs === 'reopen' && !reopen)) continue
    const subject = { store: open(), ...(reopen && { reopen }) }
    await check(subject).catch(() => broken.push(title))
  }
  return broken
}

const stores = [
  ...brokenStores,
  ...brokenSearch,
  ...brokenPeople,
  ...brokenRows,
  ...brokenArguments,
  ...brokenChanges,
  ...brokenRevisions,
]

/** Each store tries every twelfth case: all of them with all cases would take as long as all other tests. */
const sampleOf = (store: number): readonly StoreContractCase[] =>
  storeContractCases.filter((_, index) => (index + store) % 12 === 0)

const isOfReopening = (title: string): boolean => title.startsWith('reopen: ')

describe('the contract detects a store that', () => {
  test.each(stores.map((store, index) => ({ ...store, index })))('$does', async ({ open, breaks, index }) => {
    const promised = storeContractCases.filter(({ title }) => breaks.includes(title))
    expect(await brokenPromises(open, { cases: promised })).toEqual(promised.map(({ title }) => title))
    expect(promised).toHaveLength(breaks.length)
    // Otherwise the cases detect more than this one defect.
    const sample = sampleOf(index)
    expect((await brokenPromises(open, { cases: sample })).length).toBeLessThan(sample.length / 2)
  })

  test('loses everything when reopened', async () => {
    const found = await brokenPromises(memoryStore, { reopen: async () => memoryStore() })
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
